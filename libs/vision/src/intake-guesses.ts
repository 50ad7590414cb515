import type { ImageEncoding } from './dataset-index.ts';
import { type Geometry, parseSidecar, type Sidecar, type SidecarInput } from './sidecar.ts';

/** One way in which a model may want its images. */
export interface Guess {
  readonly sidecar: Sidecar;
  /** For people: `RGB, ImageNet mean and std, short side 256 then the centre 224x224`. */
  readonly label: string;
}

interface Scaling {
  readonly label: string;
  readonly scale: number;
  /** In the order R, G, B. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

// The likeliest first: of two that do equally well, the first is taken.
const COLOUR: readonly Scaling[] = [
  { label: 'ImageNet mean and std', scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { label: '0 to 1', scale: 1 / 255, mean: [0], std: [1] },
  { label: '-1 to 1', scale: 1 / 127.5, mean: [1], std: [1] },
  { label: '0 to 255', scale: 1, mean: [0], std: [1] },
  { label: 'Caffe mean, 0 to 255', scale: 1, mean: [123.68, 116.779, 103.939], std: [1] },
  { label: 'CIFAR mean and std', scale: 1 / 255, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  { label: '(x - 127.5) / 128', scale: 1, mean: [127.5], std: [128] },
];
const GREY: readonly Scaling[] = [
  { label: '0 to 1', scale: 1 / 255, mean: [0], std: [1] },
  { label: '0 to 255', scale: 1, mean: [0], std: [1] },
  { label: 'MNIST mean and std', scale: 1 / 255, mean: [0.1307], std: [0.3081] },
  { label: '-1 to 1', scale: 1 / 127.5, mean: [1], std: [1] },
  { label: '(x - 127.5) / 128', scale: 1, mean: [127.5], std: [128] },
];

interface Frame {
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

/**
 * Every usual way to prepare images for an input with these dims; free dims stand as texts.
 * Empty where the input is no picture: not four dims, or neither 1 nor 3 channels.
 */
export function intakeGuesses(
  input: { readonly name: string; readonly dims: readonly (number | string)[] },
  encoding: ImageEncoding,
): readonly Guess[] {
  return framesOf(input.dims, encoding).flatMap((frame) => {
    const geometries = geometriesOf(frame, encoding);
    const orders = frame.channels === 1 ? (['grey'] as const) : (['rgb', 'bgr'] as const);
    const scalings = scalingsOf(frame);
    return geometries.flatMap((geometry) =>
      scalings.flatMap((scaling) => orders.map((order) => guess(input.name, { geometry, layout: frame.layout, order }, scaling))),
    );
  });
}

/** Small pictures are CIFAR's: its own mean and std are the likeliest there. */
function scalingsOf({ channels, width }: Frame): readonly Scaling[] {
  if (channels === 1) return GREY;
  return width <= 40 ? [...COLOUR].sort((a, b) => Number(b.label.startsWith('CIFAR')) - Number(a.label.startsWith('CIFAR'))) : COLOUR;
}

/** Where the channels may stand, with sizes for free dims: those of raw images, else 224. */
function framesOf(dims: readonly (number | string)[], encoding: ImageEncoding): Frame[] {
  const [, a, b, c] = dims;
  if (dims.length !== 4 || a === undefined || b === undefined || c === undefined) return [];
  const usual = encoding.kind === 'raw' ? encoding : { height: 224, width: 224 };
  const size = (dim: number | string, otherwise: number): number => (typeof dim === 'number' && dim > 0 ? dim : otherwise);
  const frame = (
    layout: Frame['layout'],
    channel: number | string,
    [height, width]: readonly [number | string, number | string],
  ): Frame[] => {
    const free = typeof channel === 'string' || channel <= 0;
    const channels = free ? (encoding.kind === 'raw' ? encoding.channels : 3) : channel;
    if (channels !== 1 && channels !== 3) return [];
    return [{ layout, channels, height: size(height, usual.height), width: size(width, usual.width) }];
  };
  const likely = [...frame('nchw', a, [b, c]), ...frame('nhwc', c, [a, b])];
  const certain = likely.filter(({ layout }) => typeof (layout === 'nchw' ? a : c) === 'number');
  return certain.length > 0 ? certain : likely;
}

function geometriesOf({ height, width, channels }: Frame, encoding: ImageEncoding): Geometry[] {
  const squash: Geometry = { resize: 'squash', width, height, channels };
  if (encoding.kind === 'raw' && encoding.height === height && encoding.width === width) return [squash];
  const short = Math.min(height, width);
  // 256 for 224 is the custom of ImageNet; other sizes keep its margin.
  const margin: Geometry = { resize: 'short-side-crop', shortSide: Math.round((short * 256) / 224), width, height, channels };
  return [margin, squash, { ...margin, shortSide: short }];
}

function guess(input: string, shape: Pick<SidecarInput, 'geometry' | 'layout' | 'order'>, scaling: Scaling): Guess {
  const swap = (values: readonly number[]): number[] => (shape.order === 'bgr' ? [...values].reverse() : [...values]);
  const sidecar = parseSidecar({ ...shape, input, scale: scaling.scale, mean: swap(scaling.mean), std: swap(scaling.std) });
  const layout = sidecar.layout === 'nchw' ? '' : `${sidecar.layout.toUpperCase()}, `;
  return { sidecar, label: `${sidecar.order.toUpperCase()}, ${layout}${scaling.label}, ${inWords(sidecar.geometry)}` };
}

/** A geometry for people. */
function inWords(geometry: Geometry): string {
  const size = `${geometry.width}x${geometry.height}`;
  if (geometry.resize === 'squash') return `squashed to ${size}`;
  if (geometry.resize === 'letterbox') return `fitted into ${size}`;
  return `short side ${geometry.shortSide} then the centre ${size}`;
}
