import { z } from 'zod';

/**
 * How a model is adapted to the classes of a dataset, once for flags, API and file. Each is a knob of a search; the defaults are what small
 * sets of photographs usually want.
 */
export const adaptSettings = z.object({
  /** Times that every training image is seen, at most. */
  epochs: z.number().int().min(1).max(1_000).default(8),
  /** Highest learning rate, of AdamW. */
  rate: z.number().positive().max(1).default(1e-3),
  /** Images in a step. */
  batch: z.number().int().min(1).max(1_024).default(32),
  weightDecay: z.number().min(0).max(1).default(0.01),
  /** Share of the layers, from the end, that are trained beside the new head. */
  unfrozen: z.number().min(0).max(1).default(0.5),
  /** Width of a hidden layer of the new head; 0 for none. */
  hidden: z.number().int().min(0).max(8_192).default(0),
  /** Share of a label that goes to all classes alike. */
  smoothing: z.number().min(0).max(0.5).default(0.05),
  /** Mix half of the batches in pairs. */
  mixup: z.boolean().default(false),
  /** Mirror half of the images. */
  flip: z.boolean().default(true),
  /** Shift images by up to this share of their side. */
  shift: z.number().min(0).max(0.5).default(0.08),
  /** Change brightness and contrast by up to this share. */
  jitter: z.number().min(0).max(1).default(0.2),
  /** Stop after so many epochs without a better accuracy. */
  patience: z.number().int().min(1).default(4),
  seed: z.number().int().min(0).default(1),
});

/** As written by people: defaults may be missing. */
export type AdaptSettingsInput = z.input<typeof adaptSettings>;
/** With every default filled in. */
export type AdaptSettings = z.output<typeof adaptSettings>;

/** How an epoch of a training ended. */
export interface EpochFigure {
  /** Counted from 0. */
  readonly epoch: number;
  /** Mean over its steps. */
  readonly loss: number;
  /** Share of the validation images that are right after it. */
  readonly accuracy: number;
}
