import { deviceId } from '@fleetfit/core';
import { z } from 'zod';
import { datasets, models } from './library-router.ts';
import { lasting, liveViews, makeCallerFactory, makeRouter, procedure } from './procedures.ts';
import { sweepsRouter } from './sweeps-router.ts';

const device = z.object({ id: z.string().transform(deviceId) });
const tags = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u, 'a tag has letters, digits, . _ -'),
  )
  .max(20);
const name = z.string().trim().min(1).max(120);
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
        tags: tags.default([]),
      }),
    )
    .mutation(({ ctx, input }) => ctx.operations.inviteDevice(input)),
  approve: procedure.input(device).mutation(({ ctx, input }) => ctx.operations.approveDevice(input.id)),
  revoke: procedure.input(device).mutation(({ ctx, input }) => ctx.operations.revokeDevice(input.id)),
  useThisComputer: procedure
    .input(z.object({ threads: z.number().int().min(1).max(256).default(1) }))
    .mutation(({ ctx, input }) => ctx.operations.useThisComputer(input.threads)),
  tag: procedure.input(device.extend({ tags })).mutation(({ ctx, input }) => ctx.operations.tagDevice(input.id, input.tags)),
  pause: procedure.input(device).mutation(({ ctx, input }) => ctx.operations.pauseDevice(input.id)),
  resume: procedure.input(device).mutation(({ ctx, input }) => ctx.operations.resumeDevice(input.id)),
  rename: procedure.input(device.extend({ name })).mutation(({ ctx, input }) => ctx.operations.renameDevice(input.id, input.name)),
});

/** Everything that people can ask of a coordinator, for the command line and the dashboard alike. Serve it under `TRPC_PATH`. */
export const appRouter = makeRouter({
  health: procedure.query(({ ctx }) => ctx.operations.health()),
  devices,
  models,
  datasets,
  sweeps: sweepsRouter,
});

export type AppRouter = typeof appRouter;

/** The router without a server, for tests and for callers in the same process: `createCaller({ operations })`. */
export const createCaller = makeCallerFactory(appRouter);

/** Where the operator listener serves the router; the dashboard expects it on its own origin. */
export const TRPC_PATH = '/trpc';
