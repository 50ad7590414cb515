import { datasetId, modelId } from '@fleetfit/core';
import { adaptSettings } from '@fleetfit/space';
import { z } from 'zod';
import { lasting, liveViews, makeRouter, procedure } from './procedures.ts';

const model = z.object({ id: z.string().transform(modelId) });
const dataset = z.object({ id: z.string().transform(datasetId) });
const onDataset = z.string().transform(datasetId);
const name = z.string().trim().min(1).max(120);
const path = z.string().min(1).max(4096);
const shares = z
  .array(z.number().min(0).max(1))
  .length(4)
  .refine((all) => Math.abs(all.reduce((sum, each) => sum + each, 0) - 1) < 1e-6, 'shares must sum to 1')
  .optional();
const split = z.enum(['training', 'calibration', 'validation', 'test']);

export const models = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listModels()),
  show: procedure.input(model).query(({ ctx, input }) => ctx.operations.showModel(input.id)),
  add: procedure
    .input(z.object({ path, name: name.optional(), sidecarPath: path.optional(), dataset: onDataset.optional() }))
    .mutation(({ ctx, input }) => ctx.operations.addModel(input)),
  addUploaded: procedure
    .input(z.object({ upload: z.uuid(), name: name.optional(), dataset: onDataset.optional() }))
    .mutation(({ ctx, input }) => ctx.operations.addUploadedModel(input)),
  examine: procedure
    .input(model.extend({ dataset: onDataset }))
    .mutation(({ ctx, input }) => ctx.operations.examineModel(input.id, input.dataset)),
  prepareAs: procedure
    .input(model.extend({ finding: z.number().int().min(0) }))
    .mutation(({ ctx, input }) => ctx.operations.prepareModelAs(input.id, input.finding)),
  adapt: procedure
    .input(model.extend({ dataset: onDataset, name: name.optional(), settings: adaptSettings.prefault({}) }))
    .mutation(({ ctx, input }) => ctx.operations.adaptModel(input)),
  evaluate: procedure
    .input(model.extend({ dataset: onDataset, split: split.or(z.literal('all')).default('validation') }))
    .mutation(({ ctx, input }) => ctx.operations.evaluateModel(input.id, input)),
  watch: procedure.input(model).subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchModel(input.id, lasting(signal)))),
});

export const datasets = makeRouter({
  list: procedure.query(({ ctx }) => ctx.operations.listDatasets()),
  add: procedure
    .input(z.object({ path, name: name.optional(), format: z.string().optional(), seed: z.number().int().min(0).optional(), shares }))
    .mutation(({ ctx, input }) => ctx.operations.addDataset(input)),
  addUploaded: procedure
    .input(z.object({ upload: z.uuid(), name: name.optional() }))
    .mutation(({ ctx, input }) => ctx.operations.addUploadedDataset(input)),
  samples: procedure
    .input(
      dataset.extend({
        split,
        label: z.number().int().min(0).optional(),
        from: z.number().int().min(0).default(0),
        count: z.number().int().min(1).max(200).default(24),
      }),
    )
    .query(({ ctx, input }) => ctx.operations.samplesOf(input.id, input)),
  watch: procedure
    .input(dataset)
    .subscription(({ ctx, input, signal }) => liveViews(ctx.operations.watchDataset(input.id, lasting(signal)))),
});
