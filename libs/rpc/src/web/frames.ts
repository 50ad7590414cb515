import { FleetError } from '@fleetfit/core';

// The wire of gRPC-Web, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md: frames of one byte of flags, four bytes of length,
// big end first, and the bytes. The last frame of an answer has the flag 0x80 and holds the trailers as lines of text.

const HEAD = 5;
const TRAILERS = 0x80;

/** A message as the one data frame of a request. */
export function dataFrame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, HEAD);
  return frame;
}

/** The end of an answer: how it went. */
export function trailersFrame(trailers: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  const frame = dataFrame(new TextEncoder().encode([...trailers].map(([name, value]) => `${name}: ${value}\r\n`).join('')));
  frame[0] = TRAILERS;
  return frame;
}

/** What an answer holds. */
export interface Answer {
  readonly messages: readonly Uint8Array[];
  /** Names in lower case. Empty where the answer ends without trailers: it was cut off. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** @throws FleetError `unavailable` when the bytes end inside a frame */
export function readFrames(bytes: Uint8Array): Answer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Uint8Array[] = [];
  let trailers: ReadonlyMap<string, string> = new Map();
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEAD <= bytes.length ? at + HEAD + view.getUint32(at + 1) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw new FleetError('unavailable', `Cannot read the answer: it ends inside a frame, at byte ${bytes.length}`);
    const body = bytes.subarray(at + HEAD, end);
    if ((view.getUint8(at) & TRAILERS) === 0) messages.push(body);
    else trailers = readTrailers(new TextDecoder().decode(body));
    at = end;
  }
  return { messages, trailers };
}

function readTrailers(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}
