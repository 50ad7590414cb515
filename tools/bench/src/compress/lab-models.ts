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
  'yolox-nano-416': {
    task: 'detect',
    post: { decode: 'yolox' },
    geometry: { resize: 'letterbox', width: 416, height: 416, anchor: 'top-left' },
    order: 'bgr',
  },
  'fastestdet-352': {
    task: 'detect',
    post: { decode: 'fastestdet' },
    geometry: { resize: 'squash', width: 352, height: 352 },
    order: 'bgr',
    scale: 1 / 255,
  },
  // Photos of any things stand in for faces: the fp32 model is the judge.
  'mobilefacenet-128d': {
    task: 'embed',
    geometry: { resize: 'short-side-crop', shortSide: 112, width: 112, height: 112 },
    mean: [127.5],
    std: [127.5],
  },
  'style-candy-720': { task: 'style', geometry: { resize: 'short-side-crop', shortSide: 720, width: 720, height: 720 } },
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
