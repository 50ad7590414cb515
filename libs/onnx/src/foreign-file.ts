import { MODEL } from './schema.ts';
import { LENGTH, VARINT } from './wire-reader.ts';

interface Foreign {
  /** A clause: `it is a PNG image, not an ONNX file`. */
  readonly what: string;
  readonly next?: string;
}

const STARTS: readonly (readonly [start: string, what: string, next?: string])[] = [
  ['version https://git-lfs', 'it is a Git LFS pointer, not the model itself', 'run "git lfs pull" where the file came from'],
  ['\x89PNG', 'it is a PNG image'],
  ['\xff\xd8\xff', 'it is a JPEG image'],
  ['PK\x03\x04', 'it is a zip archive (PyTorch checkpoints are)', 'export the network to ONNX first: torch.onnx.export'],
  ['\x1f\x8b', 'it is compressed with gzip', 'unpack it first'],
  ['\x89HDF', 'it is an HDF5 file (Keras writes those)', 'convert the network with tf2onnx'],
  ['<', 'it is a web page or XML'],
  ['{', 'it is JSON'],
];

/** Says what a file is when its first bytes show that it is no ONNX model; undefined when it may be one. */
export function describeForeignFile(bytes: Uint8Array): Foreign | undefined {
  if (bytes.length === 0) return { what: 'the file is empty' };
  if (startsWith(bytes, 'TFL3', 4))
    return { what: 'it is a TensorFlow Lite model', next: 'convert it with tflite2onnx, or export the network to ONNX' };
  if (startsWith(bytes, 'ORTM', 4)) return { what: 'it is in ORT format', next: 'give the .onnx file it was made from' };
  for (const [start, what, next] of STARTS) if (startsWith(bytes, start, 0)) return next === undefined ? { what } : { what, next };
  return mayBeModel(bytes[0] ?? 0) ? undefined : { what: 'it is not an ONNX file' };
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  return bytes.length >= at + text.length && Array.from(text).every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
}

// The first byte is the tag of some field of ModelProto; writers may choose which.
function mayBeModel(first: number): boolean {
  const wireType = first % 8;
  const field = Math.floor(first / 8);
  if (first >= 128) return true; // a field above 15: training info, functions
  if (field === MODEL.irVersion || field === MODEL.modelVersion) return wireType === VARINT;
  return field > 0 && wireType === LENGTH;
}
