import { elementTypeOf } from './element-types.ts';
import type { ElementType, Value } from './model.ts';
import { DIM, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './schema.ts';
import { LENGTH, readBytes, readInt64, readMessage, readText, readUint, VARINT } from './wire-reader.ts';

type Dims = (number | string | undefined)[];

/** Reads a ValueInfoProto: name, and type and shape where it is a dense tensor. */
export function decodeValue(wire: Uint8Array): Value {
  let name = '';
  let type: ElementType = 'undefined';
  let dims: Dims | undefined;
  readMessage(wire, (field, wireType, reader) => {
    if (wireType !== LENGTH) return false;
    if (field === VALUE_INFO.name) name = readText(reader);
    else if (field === VALUE_INFO.type) ({ type, dims } = decodeType(readBytes(reader)));
    else return false;
    return true;
  });
  return { name, type, dims, wire };
}

function decodeType(wire: Uint8Array): { type: ElementType; dims: Dims | undefined } {
  // Sequences, maps, optionals and sparse tensors: anything that is not a dense tensor.
  let type: ElementType = 'other';
  let dims: Dims | undefined;
  readMessage(wire, (field, wireType, reader) => {
    if (field !== TYPE.tensor || wireType !== LENGTH) return false;
    type = 'undefined';
    readMessage(readBytes(reader), (inner, innerType, tensor) => {
      if (inner === TENSOR_TYPE.elementType && innerType === VARINT) type = elementTypeOf(readUint(tensor));
      else if (inner === TENSOR_TYPE.shape && innerType === LENGTH) dims = decodeShape(readBytes(tensor));
      else return false;
      return true;
    });
    return true;
  });
  return { type, dims };
}

function decodeShape(wire: Uint8Array): Dims {
  const dims: Dims = [];
  readMessage(wire, (field, wireType, reader) => {
    if (field !== SHAPE.dim || wireType !== LENGTH) return false;
    let dim: number | string | undefined;
    readMessage(readBytes(reader), (inner, innerType, part) => {
      if (inner === DIM.value && innerType === VARINT) dim = Number(readInt64(part));
      else if (inner === DIM.param && innerType === LENGTH) dim = readText(part) || undefined;
      else return false;
      return true;
    });
    dims.push(dim);
    return true;
  });
  return dims;
}
