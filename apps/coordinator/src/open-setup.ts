import { type DeviceClass, type DeviceClassId, datasetId, FleetError, modelId } from '@fleetfit/core';
import { narrowSpace, parseRecipe, type SweepDefinitionInput, sweepDefinition } from '@fleetfit/space';
import type { Store } from '@fleetfit/store';
import type { SweepClass, SweepSetup } from '@fleetfit/sweep';
import { geometryOf, parseSidecar, preparationOf } from '@fleetfit/vision';
import type { Library } from './library.ts';

/**
 * Everything a sweep is made of, from what a person asked for. What is missing is said before anything starts.
 * @throws FleetError `invalid`, `not-found`, `conflict`
 */
export async function openSetup(input: SweepDefinitionInput, { library, store }: { library: Library; store: Store }): Promise<SweepSetup> {
  const definition = parseDefinition(input);
  const [model, dataset] = [await readyModel(library, definition.model), await readyDataset(library, definition.dataset)];
  for (const recipe of definition.recipes ?? []) parseRecipe(recipe);
  const sidecar = parseSidecar(model.sidecar);
  const [first] = model.facts.inputs;
  checkLabels(dataset.facts.classes.length, model.facts.outputs[0]?.dims.at(-1), definition);
  return {
    definition,
    name: definition.name ?? `${model.name} on ${dataset.name}`,
    model: {
      id: modelId(definition.model),
      name: model.name,
      artifact: model.artifact,
      bytes: model.facts.bytes,
      preparation: preparationOf(sidecar, first?.name),
      geometryJson: JSON.stringify(geometryOf(sidecar)),
    },
    dataset: { id: datasetId(definition.dataset), name: dataset.name, index: dataset.index, images: dataset.facts.splits },
    classes: await classesOf(store, definition.classes),
    space: definition.knobs ? narrowSpace(model.facts.space, definition.knobs) : model.facts.space,
  };
}

function parseDefinition(input: SweepDefinitionInput) {
  const parsed = sweepDefinition.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new FleetError(
    'invalid',
    `Cannot start the sweep: ${issue?.path.join('.') || 'its definition'}: ${issue?.message ?? 'is not valid'}`,
  );
}

async function readyModel(library: Library, id: string) {
  const { row, document } = await library.model(modelId(id));
  const { artifact, facts, sidecar, state, why } = document;
  if (state === 'failed') throw new FleetError('conflict', `Cannot sweep model "${id}": its import failed: ${why ?? ''}`);
  if (state !== 'ready' || !artifact || !facts)
    throw new FleetError('conflict', `Cannot sweep model "${id}": it is still being imported`, {
      next: `watch it with: fleetfit model show ${id}`,
    });
  if (sidecar === undefined) {
    throw new FleetError('conflict', `Cannot sweep model "${id}": nobody has said how its images are prepared`, {
      next: `add it again with --dataset NAME, and the intake doctor finds out; or put ${id}.onnx.fleetfit.json beside it`,
    });
  }
  return { name: row.name, artifact, facts, sidecar };
}

async function readyDataset(library: Library, id: string) {
  const { row, document } = await library.dataset(datasetId(id));
  const { index, facts, state, why } = document;
  if (state === 'failed') throw new FleetError('conflict', `Cannot sweep on dataset "${id}": its import failed: ${why ?? ''}`);
  if (state !== 'ready' || !index || !facts)
    throw new FleetError('conflict', `Cannot sweep on dataset "${id}": it is still being imported`);
  if (facts.splits.validation === 0) throw new FleetError('invalid', `Cannot sweep on dataset "${id}": it has no validation images`);
  return { name: row.name, index, facts };
}

function checkLabels(labels: number, outputs: number | string | undefined, { model, dataset }: { model: string; dataset: string }): void {
  if (typeof outputs !== 'number' || labels <= outputs) return;
  throw new FleetError(
    'invalid',
    `Cannot sweep model "${model}" on dataset "${dataset}": label ${labels - 1} is out of range, the model has ${outputs} outputs, numbered 0 to ${outputs - 1}`,
  );
}

/** The wanted classes that have an active device now. */
async function classesOf(store: Store, wanted: 'all' | readonly string[]): Promise<SweepClass[]> {
  const active = await store.devices.list({ state: 'active' });
  const known = await store.deviceClasses.list();
  const classes = known.flatMap(({ id, position, document }) => {
    const devices = active.filter((each) => each.classId === id).length;
    const { label } = document as DeviceClass;
    return devices > 0 && (wanted === 'all' || wanted.includes(id)) ? [{ id, label, position, devices }] : [];
  });
  const missing = wanted === 'all' ? undefined : wanted.find((each) => !classes.some(({ id }) => id === (each as DeviceClassId)));
  if (missing !== undefined)
    throw new FleetError('not-found', `Cannot sweep class "${missing}": it has no active device`, {
      next: 'list devices with: fleetfit device list',
    });
  if (classes.length === 0)
    throw new FleetError('conflict', 'Cannot start the sweep: there is no active device', {
      next: 'add this computer with: fleetfit device add --here',
    });
  return classes;
}
