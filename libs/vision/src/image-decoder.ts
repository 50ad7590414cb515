import type { ImageEncoding } from './dataset-index.ts';
import type { Geometry } from './sidecar.ts';

/** Decodes and resizes images. Adapters do it with whatever library their platform has. */
export interface ImageDecoder {
  /** Size of an encoded image from its first bytes. @throws FleetError `corrupt` for what is no image */
  sizeOf(encoded: Uint8Array): Promise<{ readonly width: number; readonly height: number }>;
  /**
   * Height x width x channels of the geometry, uint8; alpha over black, sRGB.
   * A crop of an odd margin leaves the smaller half at the left and the top. That, and no resampling where the size is right
   * already, gives published accuracies to the image.
   * @throws FleetError `corrupt` for an image that cannot be read to its end
   */
  decode(image: Uint8Array, encoding: ImageEncoding, geometry: Geometry): Promise<Uint8Array>;
}
