import { decodeTensor } from './decode-tensor.ts';
import type { Attribute } from './model.ts';
import { ATTRIBUTE, ATTRIBUTE_TYPE } from './schema.ts';
import {
  FIXED32,
  LENGTH,
  type Reader,
  readBytes,
  readFixed,
  readInt64,
  readMessage,
  readPacked,
  readText,
  readUint,
  type TakeField,
  textOf,
  VARINT,
} from './wire-reader.ts';

/** What an AttributeProto holds while it is read. */
interface Draft {
  name: string;
  type: number;
  float: number;
  int: number | bigint;
  string: Uint8Array;
  tensor: Uint8Array | undefined;
  /** A field that makes it a subgraph, a reference or something newer. */
  other: boolean;
  readonly floats: number[];
  readonly ints: (number | bigint)[];
  readonly strings: Uint8Array[];
}

const DOC_STRING = 13;

/** Reads an AttributeProto; what it cannot express stays `opaque`, as the wire bytes that are given. */
export function decodeAttribute(wire: Uint8Array): { name: string; attribute: Attribute } {
  const draft: Draft = {
    name: '',
    type: 0,
    float: 0,
    int: 0,
    string: new Uint8Array(0),
    tensor: undefined,
    other: false,
    floats: [],
    ints: [],
    strings: [],
  };
  const unknown = readMessage(wire, takeInto(draft));
  const value = draft.other ? undefined : valueOf(draft);
  if (value === undefined) return { name: draft.name, attribute: { kind: 'opaque', type: draft.type, value: wire } };
  return { name: draft.name, attribute: unknown.length > 0 ? { ...value, unknown } : value };
}

function takeInto(draft: Draft): TakeField {
  return (field, wireType, reader) => {
    if (wireType === LENGTH) return takeBytes(draft, field, reader);
    if (wireType === VARINT && field === ATTRIBUTE.type) draft.type = readUint(reader);
    else if (wireType === VARINT && field === ATTRIBUTE.int) setInt(draft, readInt64(reader));
    else if (wireType === VARINT && field === ATTRIBUTE.ints) addInts(draft, VARINT, reader);
    else if (wireType === FIXED32 && field === ATTRIBUTE.float) setFloat(draft, readFloat(reader));
    else if (wireType === FIXED32 && field === ATTRIBUTE.floats) addFloats(draft, FIXED32, reader);
    else {
      draft.other = true;
      return false;
    }
    return true;
  };
}

function takeBytes(draft: Draft, field: number, reader: Reader): boolean {
  if (field === ATTRIBUTE.name) draft.name = readText(reader);
  else if (field === ATTRIBUTE.string) setString(draft, readBytes(reader));
  else if (field === ATTRIBUTE.tensor) setTensor(draft, readBytes(reader));
  else if (field === ATTRIBUTE.floats) addFloats(draft, LENGTH, reader);
  else if (field === ATTRIBUTE.ints) addInts(draft, LENGTH, reader);
  else if (field === ATTRIBUTE.strings) addString(draft, readBytes(reader));
  else {
    if (field === ATTRIBUTE.graph) draft.type ||= ATTRIBUTE_TYPE.graph;
    draft.other ||= field !== DOC_STRING;
    return false;
  }
  return true;
}

// Files of the first IR versions leave the type out: the field that is there tells it.
function setInt(draft: Draft, value: number | bigint): void {
  draft.int = value;
  draft.type ||= ATTRIBUTE_TYPE.int;
}

function setFloat(draft: Draft, value: number): void {
  draft.float = value;
  draft.type ||= ATTRIBUTE_TYPE.float;
}

function setString(draft: Draft, value: Uint8Array): void {
  draft.string = value;
  draft.type ||= ATTRIBUTE_TYPE.string;
}

function setTensor(draft: Draft, value: Uint8Array): void {
  draft.tensor = value;
  draft.type ||= ATTRIBUTE_TYPE.tensor;
}

function addInts(draft: Draft, wireType: number, reader: Reader): void {
  readPacked(reader, wireType, (inner) => draft.ints.push(readInt64(inner)));
  draft.type ||= ATTRIBUTE_TYPE.ints;
}

function addFloats(draft: Draft, wireType: number, reader: Reader): void {
  readPacked(reader, wireType, (inner) => draft.floats.push(readFloat(inner)));
  draft.type ||= ATTRIBUTE_TYPE.floats;
}

function addString(draft: Draft, value: Uint8Array): void {
  draft.strings.push(value);
  draft.type ||= ATTRIBUTE_TYPE.strings;
}

function readFloat(reader: Reader): number {
  const four = readFixed(reader, 4);
  return new DataView(four.buffer, four.byteOffset, 4).getFloat32(0, true);
}

function valueOf(draft: Draft): Attribute | undefined {
  switch (draft.type) {
    case ATTRIBUTE_TYPE.float:
      return { kind: 'float', value: draft.float };
    case ATTRIBUTE_TYPE.int:
      return { kind: 'int', value: draft.int };
    case ATTRIBUTE_TYPE.string: {
      const value = textOf(draft.string);
      return value === undefined ? undefined : { kind: 'string', value };
    }
    case ATTRIBUTE_TYPE.tensor:
      return draft.tensor && { kind: 'tensor', value: decodeTensor(draft.tensor) };
    case ATTRIBUTE_TYPE.floats:
      return { kind: 'floats', value: draft.floats };
    case ATTRIBUTE_TYPE.ints:
      return { kind: 'ints', value: draft.ints };
    case ATTRIBUTE_TYPE.strings:
      return stringsOf(draft.strings);
    default:
      return undefined;
  }
}

function stringsOf(strings: readonly Uint8Array[]): Attribute | undefined {
  const value: string[] = [];
  for (const bytes of strings) {
    const text = textOf(bytes);
    if (text === undefined) return undefined;
    value.push(text);
  }
  return { kind: 'strings', value };
}
