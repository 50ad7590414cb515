import type { CandidateOperations, ClassEstimate, SweepEstimate, SweepOperations } from '@fleetfit/api';
import { FleetError, modelId, type SweepId, sweepId } from '@fleetfit/core';
import type { Space } from '@fleetfit/space';
import type { Store } from '@fleetfit/store';
import {
  type Aim,
  type CandidateRow,
  compareCandidates,
  crowdOf,
  estimateSweep,
  knobLines,
  overviewOf,
  rowOf,
  type SweepEvent,
  type SweepSetup,
  timelineOf,
  viewPortfolio,
  viewSweep,
  windowOf,
  withLimits,
} from '@fleetfit/sweep';
import type { CandidateDetails } from './candidate-detail.ts';
import { type Changes, follow } from './changes.ts';
import { listExports } from './export-winner.ts';
import type { Library } from './library.ts';
import { openSetup } from './open-setup.ts';
import { SweepLens } from './sweep-lens.ts';
import type { SweepRunner } from './sweep-runner.ts';

export interface SweepOperationsOptions {
  readonly store: Store;
  readonly library: Library;
  readonly sweeps: SweepRunner;
  readonly changes: Changes;
  readonly details: CandidateDetails;
}

type Commands = 'startSweep' | 'estimateSweep' | 'pauseSweep' | 'resumeSweep' | 'extendSweep' | 'cancelSweep' | 'limitSweep' | 'exportsOf';

/** What people can ask of sweeps. */
export function sweepOperations(options: SweepOperationsOptions): SweepOperations & CandidateOperations {
  const lens = new SweepLens(options);
  return {
    ...commands(options, lens),
    ...views(options, lens),
    candidateDetail: async (id, candidate) => options.details.of(await lens.look(id), candidate),
  };
}

function commands({ store, library, sweeps }: SweepOperationsOptions, lens: SweepLens): Pick<SweepOperations, Commands> {
  const append = async (id: SweepId, event: Happening): Promise<void> => {
    const state = sweeps.state(id);
    if (state.ended)
      throw new FleetError('conflict', `Cannot change sweep ${id}: it is ${state.ended}`, {
        next: 'start a new one with: fleetfit sweep run',
      });
    await sweeps.append(id, [{ ...event, at: Date.now() }]);
  };
  return {
    async startSweep(input) {
      const setup = await openSetup(input, { library, store });
      const row = await store.sweeps.insert({
        id: (number) => sweepId(`s${number}`),
        definition: setup.definition,
        state: 'running',
        createdAt: Date.now(),
      });
      await sweeps.open(row.id, setup);
      return (await lens.look(row.id)).view;
    },
    async estimateSweep(input) {
      const { facts } = (await library.model(modelId(input.model))).document;
      return estimateOf(await openSetup(input, { library, store }), { sweeps, space: facts?.space ?? { knobs: [] } });
    },
    pauseSweep: (id) => append(id, { kind: 'paused' }),
    resumeSweep: (id) => append(id, { kind: 'resumed' }),
    extendSweep: (id, by) => append(id, { kind: 'extended', by }),
    cancelSweep: (id) => append(id, { kind: 'cancelled' }),
    limitSweep: (id, { constraints, classConstraints }) =>
      append(id, { kind: 'limited', constraints, classConstraints: { ...classConstraints } }),
    exportsOf: async (id) => listExports(sweeps.state(id)),
  };
}

type Without<Event, Key extends PropertyKey> = Event extends unknown ? Omit<Event, Key> : never;
type Happening = Without<SweepEvent, 'at'>;

function views({ store, sweeps, changes }: SweepOperationsOptions, lens: SweepLens): Omit<SweepOperations, Commands> {
  const watch = <View>(id: SweepId, signal: AbortSignal, make: () => Promise<View>) => follow(changes, `sweep ${id}`, { signal, make });
  return {
    listSweeps: () => lens.rows(),
    watchSweeps: (signal) => follow(changes, 'sweeps', { signal, make: () => lens.rows() }),
    showSweep: async (id) => (await lens.look(id)).view,
    watchSweep: (id, signal) => watch(id, signal, async () => (await lens.look(id)).view),
    overviewOf: (id) => lens.overview(id),
    watchOverview: (id, signal) => watch(id, signal, () => lens.overview(id)),
    async candidateWindow(id, query) {
      const { view, revision } = await lens.look(id);
      const { total, rows } = windowOf(view.candidates, query);
      return { revision, total, rows: rows.map(rowOf) };
    },
    async candidateOf(id, candidate) {
      const found = (await lens.look(id)).view.candidates.find((one) => one.id === candidate);
      if (!found) throw new FleetError('not-found', `Cannot show candidate ${candidate}: sweep ${id} has none of that name`);
      return found;
    },
    async crowdOf(id, range) {
      const { view } = await lens.look(id);
      return crowdOf(
        view.candidates,
        view.classes.map((one) => one.id),
        { range },
      );
    },
    knobLinesOf: async (id) => knobLines((await lens.look(id)).view.candidates),
    timelineOf: (id, window) => timelineIn(store, sweeps, { id, ...window }),
    async compareCandidates(id, candidates) {
      const { state, view } = await lens.look(id);
      const rows = new Map<string, CandidateRow>(view.candidates.map((one) => [one.id, rowOf(one)]));
      const [original] = view.candidates;
      if (!original) throw new FleetError('bug', `Cannot compare in sweep ${id}: it has no original`);
      return compareCandidates(state, candidates, { of: (one) => rows.get(one), original: rowOf(original), images: view.images });
    },
    portfolioOf: async (id) => viewPortfolio(sweeps.state(id)),
    async whatIf(id, limits) {
      const { state, view } = await lens.look(id);
      const changed = withLimits(state, { constraints: limits.constraints, classConstraints: { ...limits.classConstraints } });
      const then = viewSweep(changed, { number: view.number, now: Date.now(), measuring: [], compressing: [] });
      const { classes, counts, goal } = overviewOf(changed, then, '');
      return { classes, counts, goal };
    },
  };
}

interface Wanted {
  readonly id: SweepId;
  readonly lastMs?: number | undefined;
  readonly offset: number;
  readonly classId?: string | undefined;
}

async function timelineIn(store: Store, sweeps: SweepRunner, { id, lastMs, offset, classId }: Wanted) {
  const state = sweeps.state(id);
  const attempts = await store.jobs.attemptsOfSweep(id);
  const names = new Map((await store.devices.list()).map((row) => [row.id, row.name]));
  const to = state.endedAt ?? Date.now();
  const from = Math.max(state.startedAt, lastMs === undefined ? state.startedAt : to - lastMs);
  return timelineOf(
    attempts.map(({ deviceId, candidateId, ...rest }) => ({ ...rest, device: deviceId, candidate: candidateId })),
    state.setup.classes.map((each) => each.id),
    { from, to, offset, classId, nameOf: (device) => names.get(device) ?? device },
  );
}

/** Knobs that a page can show one by one. */
const MOST_KNOBS = 24;

function estimateOf(setup: SweepSetup, { sweeps, space }: { readonly sweeps: SweepRunner; readonly space: Space }): SweepEstimate {
  const { classes, ...estimated } = estimateSweep(setup, sweeps.states(), objectiveOf(setup));
  const geometry: unknown = JSON.parse(setup.model.geometryJson);
  const devices = Math.max(1, Math.min(...setup.classes.map((each) => each.devices)));
  return {
    ...estimated,
    knobs: space.knobs
      .slice(0, MOST_KNOBS)
      .map(({ name, label, levels }) => ({ name, label, levels: levels.map((level) => ({ name: level.name, label: level.label })) })),
    moreKnobs: Math.max(0, space.knobs.length - MOST_KNOBS),
    bytesPerDevice: setup.model.bytes + Math.ceil(estimated.images / devices) * pixelsOf(geometry),
    classes: classes.map((one, at): ClassEstimate => {
      const of = setup.classes[at];
      return { ...one, label: of?.label ?? one.id, position: of?.position ?? 0, devices: of?.devices ?? 0 };
    }),
  };
}

const objectiveOf = ({ definition }: SweepSetup): Aim => definition.objectives.find((each) => each !== 'accuracy') ?? 'latency';

// Images travel as one byte a channel of a pixel.
function pixelsOf(geometry: unknown): number {
  const side = (name: string): number => {
    const value: unknown = typeof geometry === 'object' && geometry !== null ? Reflect.get(geometry, name) : undefined;
    return typeof value === 'number' ? value : 1;
  };
  return side('width') * side('height') * side('channels');
}
