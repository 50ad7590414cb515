import type { Calibration } from '@fleetfit/onnx';
import type { ImagePack, Preparation } from '@fleetfit/protocol';
import { loadCalibration } from './image-packs.ts';
import type { WorkContext } from './work-context.ts';

/** The calibration images that were used last, as the same object while they are the same images. */
export interface CalibrationMemory {
  load(packs: readonly ImagePack[], preparation: Preparation | undefined, blobs: WorkContext['blobs']): Promise<Calibration | undefined>;
}

/**
 * Candidates of one sweep are calibrated on the same images, and passes remember with the object what they collected from it:
 * images run through the original once a sweep, not once a candidate. One set is kept, so memory stays bounded.
 */
export function makeCalibrationMemory(): CalibrationMemory {
  let last: { readonly key: string; readonly calibration: Promise<Calibration | undefined> } | undefined;
  return {
    load(packs, preparation, blobs) {
      const key = JSON.stringify([packs.map((pack) => pack.blob?.sha256), preparation]);
      if (last?.key !== key) {
        const calibration = loadCalibration(packs, preparation, blobs);
        last = { key, calibration };
        // What failed is read again the next time.
        calibration.catch(() => {
          last = undefined;
        });
      }
      return last.calibration;
    },
  };
}
