import { candidateId, sweepId } from '@fleetfit/core';
import { constraints, sweepDefinition } from '@fleetfit/space';
import { z } from 'zod';
import { lasting, liveViews, makeRouter, procedure } from './procedures.ts';

const sweep = z.object({ id: z.string().transform(sweepId) });
const candidate = z.string().transform(candidateId);
const across = z.enum(['latency', 'size']);
const limits = sweep.extend({ constraints, classConstraints: z.record(z.string(), constraints).default({}) });
const ends = z.tuple([z.number(), z.number()]);

const rows = sweep.extend({
  filter: z.enum(['all', 'front', 'inside', 'not measured']).default('all'),
  text: z.string().max(200).default(''),
  order: z.object({
    by: z.union([z.enum(['candidate', 'change', 'size']), z.object({ latencyOn: z.string() })]),
    descending: z.boolean().default(false),
  }),
  box: z.object({ across, from: z.number(), to: z.number(), low: z.number(), high: z.number() }).optional(),
  ids: z.array(z.string()).max(200).optional(),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(500).default(100),
});

/** Sweeps: commands, the whole view, and the overview with the windows and summaries that a page asks for beside it. */
export const sweepsRouter = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listSweeps()),
  watch: procedure.subscription(({ ctx, signal }) => liveViews(ctx.operations.watchSweeps(lasting(signal)))),
  show: procedure.input(sweep).query(({ ctx, input }) => ctx.operations.showSweep(input.id)),
  follow: procedure.input(sweep).subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchSweep(input.id, lasting(signal)))),
  start: procedure.input(sweepDefinition).mutation(({ ctx, input }) => ctx.operations.startSweep(input)),
  estimate: procedure.input(sweepDefinition).query(({ ctx, input }) => ctx.operations.estimateSweep(input)),
  pause: procedure.input(sweep).mutation(({ ctx, input }) => ctx.operations.pauseSweep(input.id)),
  resume: procedure.input(sweep).mutation(({ ctx, input }) => ctx.operations.resumeSweep(input.id)),
  extend: procedure
    .input(sweep.extend({ by: z.number().int().min(1).max(100_000) }))
    .mutation(({ ctx, input }) => ctx.operations.extendSweep(input.id, input.by)),
  cancel: procedure.input(sweep).mutation(({ ctx, input }) => ctx.operations.cancelSweep(input.id)),
  limit: procedure.input(limits).mutation(({ ctx, input }) => ctx.operations.limitSweep(input.id, input)),
  exports: procedure.input(sweep).query(({ ctx, input }) => ctx.operations.exportsOf(input.id)),

  overview: procedure.input(sweep).query(({ ctx, input }) => ctx.operations.overviewOf(input.id)),
  followOverview: procedure
    .input(sweep)
    .subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchOverview(input.id, lasting(signal)))),
  rows: procedure.input(rows).query(({ ctx, input: { id, ...query } }) => ctx.operations.candidateWindow(id, query)),
  candidate: procedure.input(sweep.extend({ candidate })).query(({ ctx, input }) => ctx.operations.candidateOf(input.id, input.candidate)),
  detail: procedure.input(sweep.extend({ candidate })).query(({ ctx, input }) => ctx.operations.candidateDetail(input.id, input.candidate)),
  crowd: procedure
    .input(sweep.extend({ across, x: ends, y: ends }))
    .query(({ ctx, input: { id, ...range } }) => ctx.operations.crowdOf(id, range)),
  knobs: procedure.input(sweep).query(({ ctx, input }) => ctx.operations.knobLinesOf(input.id)),
  timeline: procedure
    .input(
      sweep.extend({
        lastMs: z.number().positive().optional(),
        offset: z.number().int().min(0).default(0),
        classId: z.string().optional(),
      }),
    )
    .query(({ ctx, input: { id, ...window } }) => ctx.operations.timelineOf(id, window)),
  compare: procedure
    .input(sweep.extend({ candidates: z.array(candidate).min(2).max(4) }))
    .query(({ ctx, input }) => ctx.operations.compareCandidates(input.id, input.candidates)),
  // A query that answers nothing is an error to some clients: an empty list is not.
  portfolio: procedure.input(sweep).query(async ({ ctx, input }) => ({ portfolio: await ctx.operations.portfolioOf(input.id) })),
  whatIf: procedure.input(limits).query(({ ctx, input }) => ctx.operations.whatIf(input.id, input)),
});
