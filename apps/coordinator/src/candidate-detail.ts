import type {
  AnswersView,
  CandidateDetailView,
  CandidateEvidence,
  DeviceLatencyView,
  LayerChangeView,
  MistakeView,
  RecipeStepView,
} from '@fleetfit/api';
import type { BlobStore } from '@fleetfit/artifacts';
import { type LayerFacts, layerFacts } from '@fleetfit/compress';
import { type CandidateId, type DeviceClassId, FleetError, sha256, workId } from '@fleetfit/core';
import { decodeModel } from '@fleetfit/onnx';
import { type Artifact, decodeMessage, type Measurement, Report } from '@fleetfit/protocol';
import { formatRecipe, parseRecipe } from '@fleetfit/space';
import type { Store } from '@fleetfit/store';
import {
  type AnsweredShare,
  type CandidateState,
  type ChangedAnswer,
  chooseBest,
  compareAnswers,
  latencyBins,
  limitsOf,
  measureJobsOf,
  ORIGINAL_ID,
  type SweepState,
  type SweepView,
  usualControlMs,
} from '@fleetfit/sweep';
import type { LibraryImages } from './library-images.ts';
import { outputOf } from './work-outcome.ts';

export interface CandidateDetails {
  of(seen: { readonly state: SweepState; readonly view: SweepView }, candidate: CandidateId): Promise<CandidateDetailView>;
}

interface DetailOptions {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly images: Pick<LibraryImages, 'imagesOfSplit'>;
  /** One step of a recipe for people. */
  readonly describe: (recipe: ReturnType<typeof parseRecipe>) => string;
}

const BINS = 36;
const MISTAKES = 60;

/** All that is known of one candidate, read from the ledger when somebody looks: reports keep every run and every answer. */
export function openCandidateDetails(options: DetailOptions): CandidateDetails {
  const evidence = openEvidence(options);
  return {
    async of({ state, view }, id) {
      const at = view.candidates.findIndex((each) => each.id === id);
      const [candidate, made] = [view.candidates[at], state.candidates.get(id)];
      if (!candidate || !made) throw new FleetError('not-found', `Cannot show candidate ${id}: sweep ${state.id} has none of that name`);
      const compressed = await compressedOf(options.store, state, id);
      const { setup } = state;
      const labels = await options.images.imagesOfSplit(setup.dataset.id, 'validation');
      return {
        sweep: { id: state.id, name: view.name, number: view.number, state: view.state },
        model: { id: setup.model.id, name: setup.model.name },
        dataset: { id: setup.dataset.id, name: setup.dataset.name, labels: labels.classes },
        candidate,
        originalBytes: setup.model.bytes,
        previous: view.candidates[at - 1]?.id,
        next: view.candidates[at + 1]?.id,
        steps: stepsOf(made, options.describe),
        layers: await layersOf(options.blobs, setup.model.artifact, compressed.layers),
        conditions: compressed.conditions,
        classes: await Promise.all(setup.classes.map((each) => evidence(state, candidate, each.id))),
        filePath: made.made.kind === 'made' ? `/export/${state.id}/candidate/${id}.onnx` : undefined,
        aboutPath: `/export/${state.id}/candidate/${id}.json`,
      };
    },
  };
}

/** The recipe's steps with what each did. A history of before they were told apart stands under the last. */
function stepsOf({ recipe, made }: CandidateState, describe: DetailOptions['describe']): readonly RecipeStepView[] {
  if (recipe === 'original') return [];
  const steps = parseRecipe(recipe);
  const history = made.kind === 'made' ? made.history : [];
  const words = steps.map(({ word }) => word);
  return steps.map((step, at) => ({
    recipe: formatRecipe([step]),
    sentence: describe([step]),
    history: history.filter((line) => stepOf(line, words) === at).map(({ kind, layer, what }) => ({ kind, layer, what })),
  }));
}

function stepOf(line: object, words: readonly string[]): number {
  const step = 'step' in line && typeof line.step === 'string' ? line.step : '';
  const found = words.findIndex((word) => step === word || step.startsWith(`${word}{`));
  return found >= 0 ? found : words.length - 1;
}

type Made = LayerFacts & { readonly origin: string };

async function compressedOf(store: Store, state: SweepState, id: CandidateId): Promise<{ layers: readonly Made[]; conditions: unknown }> {
  const row = await store.work.get(workId(`${state.id}-${id}-compress`));
  const output = row?.state === 'done' ? outputOf(row) : undefined;
  if (output?.$case !== 'compressed') return { layers: [], conditions: undefined };
  const { layersJson, conditionsJson } = output.value;
  return {
    layers: layersJson ? (JSON.parse(layersJson) as readonly Made[]) : [],
    conditions: conditionsJson ? (JSON.parse(conditionsJson) as unknown) : undefined,
  };
}

async function layersOf(blobs: BlobStore, { graph }: Artifact, made: readonly Made[]): Promise<readonly LayerChangeView[]> {
  if (!graph) return [];
  const before = layerFacts(decodeModel(await blobs.get(sha256(graph.sha256))));
  return before.map((original) => ({ original, now: made.filter((each) => each.origin === original.id || each.id === original.id) }));
}

function openEvidence({ store, images }: DetailOptions) {
  return async (state: SweepState, candidate: SweepView['candidates'][number], id: DeviceClassId): Promise<CandidateEvidence> => {
    const of = state.setup.classes.find((each) => each.id === id);
    const on = candidate.classes.find((each) => each.id === id);
    if (!of || !on) throw new FleetError('bug', `Cannot show candidate ${candidate.id} on class ${id}: the sweep has no such class`);
    const reports = await reportsOf(store, state, { candidate: candidate.id, classId: id });
    const limits = limitsOf(state, id);
    return {
      id,
      label: of.label,
      position: of.position,
      limits: { latencyMs: limits.latencyMs, accuracyDropPoints: limits.accuracyDropPoints },
      isBest: chooseBest(state, id)?.candidate === candidate.id,
      on,
      originalMs: usualControlMs(state, id) || undefined,
      devices: latencies(reports),
      answers: await answersOf({ store, images }, state, { candidate: candidate.id, classId: id, reports }),
    };
  };
}

interface StoredReport {
  readonly share: AnsweredShare;
  readonly device: string;
  readonly name: string;
  readonly found: Measurement;
}

type Which = { readonly candidate: CandidateId; readonly classId: DeviceClassId };

async function reportsOf(store: Store, state: SweepState, { candidate, classId }: Which): Promise<readonly StoredReport[]> {
  const names = new Map((await store.devices.list()).map((row) => [String(row.id), row.name]));
  const found: StoredReport[] = [];
  for (const { job, first, count } of measureJobsOf(state, candidate, classId)) {
    const accepted = (await store.jobs.reportsOf(job)).filter((each) => each.verdict === 'accepted').at(-1);
    const report = accepted && decodeMessage(Report, accepted.body, 'stored report');
    if (report?.outcome?.$case !== 'measured') continue;
    const { value } = report.outcome;
    const share = { first, count, classes: value.classes };
    found.push({ share, device: report.deviceId, name: names.get(report.deviceId) ?? report.deviceId, found: value });
  }
  return found;
}

function latencies(reports: readonly StoredReport[]): readonly DeviceLatencyView[] {
  const samples = reports.map(({ found }) => found.blocks.filter((block) => !block.control).flatMap((block) => block.sampleMs));
  const bins = latencyBins(samples, BINS);
  return reports.map(({ device, name, found }, at) => ({
    device,
    name,
    p50Ms: intervalOf(found.p50Ms),
    p95Ms: intervalOf(found.p95Ms),
    controlMs: found.controlP50Ms?.value ?? 0,
    runs: found.blocks.filter((block) => !block.control).reduce((sum, block) => sum + block.sampleMs.length * block.runs, 0),
    loadMs: found.loadMs,
    firstRunMs: found.firstRunMs,
    bins: bins[at] ?? [],
    notes: found.notes,
  }));
}

const intervalOf = (interval: Measurement['p50Ms']) => ({
  value: interval?.value ?? 0,
  low: interval?.low ?? 0,
  high: interval?.high ?? 0,
});

async function answersOf(
  { store, images }: Pick<DetailOptions, 'store' | 'images'>,
  state: SweepState,
  { candidate, classId, reports }: Which & { readonly reports: readonly StoredReport[] },
): Promise<AnswersView | undefined> {
  if (reports.length === 0) return undefined;
  const originals = candidate === ORIGINAL_ID ? reports : await reportsOf(store, state, { candidate: ORIGINAL_ID, classId });
  const labels = state.prepared.get('validation')?.labels ?? [];
  const compared = compareAnswers(labels, {
    original: originals.map(({ share }) => share),
    candidate: reports.map(({ share }) => share),
  });
  if (compared.images === 0) return undefined;
  const split = await images.imagesOfSplit(state.setup.dataset.id, 'validation');
  const mistake = ({ image, label, original, candidate: now, place }: ChangedAnswer): MistakeView[] => {
    const found = split.images[image];
    return found ? [{ ...found, label, original, candidate: now, place }] : [];
  };
  return {
    images: compared.images,
    lost: compared.lost.length,
    won: compared.won.length,
    labels: compared.labels,
    mistakes: compared.lost.slice(0, MISTAKES).flatMap(mistake),
  };
}
