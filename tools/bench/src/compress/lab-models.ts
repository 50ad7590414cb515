import { readFileSync } from 'node:fs';
import { findLab } from '@fleetfit/host/testing';
import { decodeModel, type Model } from '@fleetfit/onnx';
import { parseSidecar, type Sidecar, type SidecarInput } from '@fleetfit/vision';

const IMAGENET: SidecarInput = {
  geometry: { resize: 'short-side-crop', shortSide: 256, width: 224, height: 224 },
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const CIFAR: SidecarInput = {
  geometry: { resize: 'squash', width: 32, height: 32 },
  scale: 1 / 255,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.2023, 0.1994, 0.201],
};

/** How images are prepared for the models of the lab, by name of the file without `.onnx`. */
const SIDECARS = {
  'mobilenetv2-1.0': IMAGENET,
  'squeezenet1.1': IMAGENET,
  'resnet20-cifar10': CIFAR,
} as const satisfies Readonly<Record<string, SidecarInput>>;

export type LabModelName = keyof typeof SIDECARS;

/** A real model with what it needs to know of its images. */
export interface LabModel {
  readonly name: LabModelName;
  readonly model: Model;
  readonly bytes: Uint8Array;
  readonly sidecar: Sidecar;
}

/** Reads a model of the lab. @throws Error where the folder of models and images is not there */
export function labModel(name: LabModelName): LabModel {
  const bytes = new Uint8Array(readFileSync(labFile(`models/${name}.onnx`)));
  return { name, bytes, model: decodeModel(bytes), sidecar: parseSidecar(SIDECARS[name]) };
}

/** A file or folder of the lab's data. */
export function labFile(path: string): string {
  const lab = findLab('tools/bench');
  if (lab === undefined) throw new Error('the folder ../shared with real models and images is not there (FLEETFIT_LAB names another)');
  return `${lab}/data/${path}`;
}
