import { SIDE } from './draw/canvas.ts';
import { CLASSES } from './draw/vessels.ts';

// Mean and spread of the drawn pixels, rounded: the input is (pixel / 255 - MEAN) / STD.
const MEAN = 0.45;
const STD = 0.22;

/** The network's input for each of the 256 values of a pixel. */
export const INPUT_TABLE: Float32Array = Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - MEAN) / STD);

/** What `drinks.onnx.fleetfit.json` says: how images become the network's input, and the names of the classes. */
export const SIDECAR = {
  task: 'classify' as const,
  classes: CLASSES.map(({ name }) => name),
  input: 'image',
  geometry: { resize: 'squash' as const, width: SIDE, height: SIDE, channels: 3 as const },
  layout: 'nchw' as const,
  order: 'rgb' as const,
  scale: 1 / 255,
  mean: [MEAN],
  std: [STD],
};
