import { datasetId, deviceId, modelId, sweepId } from '@fleetfit/core';
import { sweepDefinition } from '@fleetfit/space';
import { z } from 'zod';
import { liveViews, makeCallerFactory, makeRouter, procedure } from './procedures.ts';

const device = z.object({ id: z.string().transform(deviceId) });
const model = z.object({ id: z.string().transform(modelId) });
const dataset = z.object({ id: z.string().transform(datasetId) });
const sweep = z.object({ id: z.string().transform(sweepId) });
const name = z.string().trim().min(1).max(120);
const shares = z
  .array(z.number().min(0).max(1))
  .length(4)
  .refine((all) => Math.abs(all.reduce((sum, each) => sum + each, 0) - 1) < 1e-6, 'shares must sum to 1')
  .optional();
const path = z.string().min(1).max(4096);

const devices = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listDevices()),
  watch: procedure.subscription(({ ctx, signal }) => liveViews(ctx.operations.watchDevices(lasting(signal)))),
  invite: procedure
    .input(
      z.object({
        uses: z.number().int().min(1).max(1_000).default(1),
        minutes: z
          .number()
          .positive()
          .max(7 * 24 * 60)
          .default(10),
        autoApprove: z.boolean().default(false),
      }),
    )
    .mutation(({ ctx, input }) => ctx.operations.inviteDevice(input)),
  approve: procedure.input(device).mutation(({ ctx, input }) => ctx.operations.approveDevice(input.id)),
  revoke: procedure.input(device).mutation(({ ctx, input }) => ctx.operations.revokeDevice(input.id)),
  rename: procedure.input(device.extend({ name })).mutation(({ ctx, input }) => ctx.operations.renameDevice(input.id, input.name)),
});

const models = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listModels()),
  show: procedure.input(model).query(({ ctx, input }) => ctx.operations.showModel(input.id)),
  add: procedure
    .input(z.object({ path, name: name.optional(), sidecarPath: path.optional(), dataset: z.string().transform(datasetId).optional() }))
    .mutation(({ ctx, input }) => ctx.operations.addModel(input)),
  evaluate: procedure
    .input(
      model.extend({
        dataset: z.string().transform(datasetId),
        split: z.enum(['training', 'calibration', 'validation', 'test', 'all']).default('validation'),
      }),
    )
    .mutation(({ ctx, input }) => ctx.operations.evaluateModel(input.id, input)),
  watch: procedure.input(model).subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchModel(input.id, lasting(signal)))),
});

const datasets = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listDatasets()),
  add: procedure
    .input(z.object({ path, name: name.optional(), format: z.string().optional(), seed: z.number().int().min(0).optional(), shares }))
    .mutation(({ ctx, input }) => ctx.operations.addDataset(input)),
  watch: procedure
    .input(dataset)
    .subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchDataset(input.id, lasting(signal)))),
});

const sweeps = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listSweeps()),
  watch: procedure.subscription(({ ctx, signal }) => liveViews(ctx.operations.watchSweeps(lasting(signal)))),
  show: procedure.input(sweep).query(({ ctx, input }) => ctx.operations.showSweep(input.id)),
  follow: procedure.input(sweep).subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchSweep(input.id, lasting(signal)))),
  start: procedure.input(sweepDefinition).mutation(({ ctx, input }) => ctx.operations.startSweep(input)),
  pause: procedure.input(sweep).mutation(({ ctx, input }) => ctx.operations.pauseSweep(input.id)),
  resume: procedure.input(sweep).mutation(({ ctx, input }) => ctx.operations.resumeSweep(input.id)),
  extend: procedure
    .input(sweep.extend({ by: z.number().int().min(1).max(100_000) }))
    .mutation(({ ctx, input }) => ctx.operations.extendSweep(input.id, input.by)),
  cancel: procedure.input(sweep).mutation(({ ctx, input }) => ctx.operations.cancelSweep(input.id)),
  exports: procedure.input(sweep).query(({ ctx, input }) => ctx.operations.exportsOf(input.id)),
});

/** Everything that people can ask of a coordinator, for the command line and the dashboard alike. Serve it under `TRPC_PATH`. */
export const appRouter = makeRouter({
  health: procedure.query(({ ctx }) => ctx.operations.health()),
  devices,
  models,
  datasets,
  sweeps,
});

export type AppRouter = typeof appRouter;

/** The router without a server, for tests and for callers in the same process: `createCaller({ operations })`. */
export const createCaller = makeCallerFactory(appRouter);

/** Where the operator listener serves the router; the dashboard expects it on its own origin. */
export const TRPC_PATH = '/trpc';

// tRPC gives every request over HTTP a signal; a caller in the same process may leave it out and then watches until the stream ends.
function lasting(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
