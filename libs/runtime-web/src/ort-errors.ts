import { FleetError } from '@fleetfit/core';

/** What the library says of its own failure: an Error, or the bare number of a C++ exception. */
export function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Why the library did not open a model, as our error. */
export function asRefusal(cause: unknown): FleetError {
  const words = wordsOf(cause);
  const unknown = /In Node, \("([^"]*)".*Error No Op registered for (\S+) with domain_version of (\d+)/s.exec(words);
  if (unknown) {
    const [, node = '', op = '', opset = ''] = unknown;
    return new FleetError(
      'unsupported',
      `Cannot open the model: onnxruntime knows no operator "${op}" in opset ${opset} (node "${node}")`,
      {
        cause,
        next: 'export the model again with the operators of ONNX alone',
      },
    );
  }
  const code = /protobuf parsing failed|ModelProto does not have a graph|No graph was found/i.test(words) ? 'invalid' : 'unsupported';
  return new FleetError(code, `Cannot open the model: ${words}`, { cause });
}
