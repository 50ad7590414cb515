import { FleetError } from '@fleetfit/core';
import { ChannelOrder, Layout, type Preparation } from '@fleetfit/protocol';
import { z } from 'zod';
import { postProcessing } from './tasks/decode-boxes.ts';

/** A sidecar lies beside its model: `net.onnx` and `net.onnx.fleetfit.json`. */
export const SIDECAR_SUFFIX = '.fleetfit.json';

const size = z.number().int().min(1).max(4096);

/** How an encoded image becomes uint8 pixels of the size that a model takes. */
const geometry = z
  .discriminatedUnion('resize', [
    /** To width x height, whatever the shape. */
    z.strictObject({ resize: z.literal('squash'), width: size, height: size, channels: channels() }),
    /** The short side to `shortSide`, then the centre. `shortSide` equal to the smaller of width and height: no margin is lost. */
    z.strictObject({ resize: z.literal('short-side-crop'), shortSide: size, width: size, height: size, channels: channels() }),
    /** As large as fits, in the middle of a field of grey 114, or at its top left. */
    z.strictObject({
      resize: z.literal('letterbox'),
      width: size,
      height: size,
      channels: channels(),
      anchor: z.enum(['centre', 'top-left']).optional(),
    }),
  ])
  .refine((found) => found.resize !== 'short-side-crop' || found.shortSide >= Math.max(found.width, found.height), {
    path: ['shortSide'],
    message: 'is smaller than the part that is cut out',
  });
export type Geometry = z.output<typeof geometry>;

function channels() {
  return z.union([z.literal(3), z.literal(1)]).default(3);
}

const sidecarSchema = z
  .strictObject({
    /** classify: scores of classes. detect: boxes, by `post`. embed: a vector, compared by its direction. style: a picture. */
    task: z.enum(['classify', 'detect', 'embed', 'style']).default('classify'),
    /** How the output of a detector becomes boxes. */
    post: postProcessing.optional(),
    /** Names in the order of the output, or how many there are. */
    classes: z.union([z.array(z.string()).min(1), z.number().int().min(1)]).optional(),
    /** Name of the input; absent: the only one. */
    input: z.string().min(1).optional(),
    geometry,
    layout: z.enum(['nchw', 'nhwc']).default('nchw'),
    order: z.enum(['rgb', 'bgr', 'grey']).default('rgb'),
    /** The input is `(pixel * scale - mean) / std`, pixels 0..255; mean and std per channel in the model's order, or one for all. */
    scale: z.number().positive().default(1),
    mean: z.array(z.number()).default([0]),
    std: z.array(z.number().positive()).default([1]),
  })
  .superRefine((sidecar, context) => {
    if ((sidecar.task === 'detect') !== (sidecar.post !== undefined))
      context.addIssue({ code: 'custom', path: ['post'], message: 'is how boxes are read: task "detect" needs it, and no other has it' });
    const { channels: count } = sidecar.geometry;
    if ((sidecar.order === 'grey') !== (count === 1))
      context.addIssue({ code: 'custom', path: ['order'], message: `order "${sidecar.order}" does not go with ${count} channels` });
    for (const key of ['mean', 'std'] as const) {
      const { length } = sidecar[key];
      if (length !== 1 && length !== count)
        context.addIssue({ code: 'custom', path: [key], message: `${length} numbers for ${count} channels` });
    }
  });

/** What a model needs to know of its images: the file `<model>.onnx.fleetfit.json`. */
export type Sidecar = z.output<typeof sidecarSchema>;
/** As written by people: defaults may be missing. */
export type SidecarInput = z.input<typeof sidecarSchema>;

/**
 * Reads a sidecar from its JSON text (or from the object), with every default filled in.
 * @throws FleetError `invalid`, naming the field that is wrong
 */
export function parseSidecar(json: string | SidecarInput): Sidecar {
  const found = sidecarSchema.safeParse(typeof json === 'string' ? parseJson(json, 'sidecar') : json);
  if (found.success) return found.data;
  throw new FleetError('invalid', `Cannot use the sidecar: ${firstIssue(found.error)}`, {
    cause: found.error,
    next: `a sidecar looks like ${JSON.stringify(EXAMPLE)}`,
  });
}

/** Reads the resizing part of a sidecar alone. @throws FleetError `invalid` */
export function parseGeometry(json: string): Geometry {
  const found = geometry.safeParse(parseJson(json, 'geometry'));
  if (found.success) return found.data;
  throw new FleetError('invalid', `Cannot use the geometry: ${firstIssue(found.error)}`, { cause: found.error });
}

/** What a device does to the uint8 pixels. `input` names the model's input where the sidecar does not. */
export function preparationOf(sidecar: Sidecar, input = ''): Preparation {
  return {
    input: sidecar.input ?? input,
    layout: sidecar.layout === 'nchw' ? Layout.LAYOUT_NCHW : Layout.LAYOUT_NHWC,
    order: ORDERS[sidecar.order],
    scale: sidecar.scale,
    mean: [...sidecar.mean],
    std: [...sidecar.std],
  };
}

const ORDERS = {
  rgb: ChannelOrder.CHANNEL_ORDER_RGB,
  bgr: ChannelOrder.CHANNEL_ORDER_BGR,
  grey: ChannelOrder.CHANNEL_ORDER_GREY,
} as const;

/** What is done once, when images are decoded. */
export function geometryOf(sidecar: Sidecar): Geometry {
  return sidecar.geometry;
}

const EXAMPLE: SidecarInput = {
  geometry: { resize: 'short-side-crop', shortSide: 256, width: 224, height: 224 },
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FleetError('invalid', `Cannot read the ${what}: it is not JSON`, { cause });
  }
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : error.message;
}
