import { FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { buildModel, constantOf, decodeModel, encodeModel, floatsOf, intsOf, requireSupportedOpset } from './index.ts';
import { MODEL, OPSET, TENSOR } from './schema.ts';
import {
  addBytes,
  addInt,
  addMessage,
  addPackedFloats,
  addPackedInts,
  addText,
  addWire,
  bytesOf,
  type Message,
  newMessage,
} from './wire-writer.ts';

const small = buildModel({
  name: 'small',
  opset: 17,
  inputs: [{ name: 'x', type: 'float32', dims: ['batch', 2] }],
  outputs: [{ name: 'y', type: 'float32', dims: ['batch', 2] }],
  nodes: [{ op: 'Mul', name: 'scale', inputs: ['x', 'w'], outputs: ['y'], attributes: { mode: 'none', axes: [0, -1] } }],
  constants: [constantOf('w', [2], Float32Array.of(2, 3))],
});

function thrownBy(run: () => unknown): FleetError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof FleetError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('decodeModel', () => {
  it('refuses a file cut at any byte with one sentence, or reads what is whole', () => {
    const bytes = encodeModel(small);
    for (let length = 0; length < bytes.length; length++) {
      const error = thrownBy(() => decodeModel(bytes.subarray(0, length)));
      expect(error.message).toMatch(/^Cannot (read|use) the model: /);
      expect(['corrupt', 'invalid', 'unsupported']).toContain(error.code);
    }
  });

  it('says where a file ends and where it should', () => {
    const bytes = encodeModel(small);
    const cut = Buffer.from(bytes).subarray(0, bytes.length - 10);
    expect(thrownBy(() => decodeModel(cut))).toMatchObject({
      code: 'corrupt',
      message: `Cannot read the model: the file ends at byte ${bytes.length - 10} of ${bytes.length}`,
    });
  });

  it('reads the same numbers from a Buffer, wherever it lies in memory', () => {
    const bytes = encodeModel(small);
    for (let shift = 0; shift < 4; shift++) {
      const file = Buffer.concat([new Uint8Array(shift), bytes]).subarray(shift);
      const weight = decodeModel(file).graph.constants.get('w');
      expect([...floatsOf(weight ?? constantOf('none', [0], new Float32Array()))]).toEqual([2, 3]);
    }
  });

  it('survives every change of one byte: it reads or refuses, nothing else', { timeout: 60_000 }, () => {
    const bytes = encodeModel(small);
    for (let at = 0; at < bytes.length; at++)
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          encodeModel(decodeModel(changed));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(FleetError);
        }
      }
  });

  it('names files that are something else', () => {
    const refusal = (text: string): string => thrownBy(() => decodeModel(Buffer.from(text, 'latin1'))).message;
    expect(refusal('')).toBe('Cannot read the model: the file is empty');
    expect(refusal('version https://git-lfs.github.com/spec/v1\n')).toContain('Git LFS pointer');
    expect(refusal('\x89PNG\r\n')).toContain('PNG image');
    expect(refusal('PK\x03\x04....')).toContain('zip archive');
    expect(refusal('\x1c\0\0\0TFL3')).toContain('TensorFlow Lite');
    expect(refusal('hello, world')).toContain('not an ONNX file');
  });

  it('refuses versions that are newer than it knows', () => {
    expect(thrownBy(() => decodeModel(encodeModel({ ...small, opsets: new Map([['', 27]]) })))).toMatchObject({
      code: 'unsupported',
      message: 'Cannot use the model: it has opset 27; opsets up to 26 are supported',
    });
    expect(thrownBy(() => decodeModel(encodeModel({ ...small, irVersion: 14 })))).toMatchObject({ code: 'unsupported' });
    expect(thrownBy(() => decodeModel(encodeModel({ ...small, irVersion: 2 })))).toMatchObject({ code: 'unsupported' });
    expect(thrownBy(() => decodeModel(encodeModel({ ...small, opsets: new Map() })))).toMatchObject({ code: 'corrupt' });
  });

  it('reads opset 6, which nothing else may use', () => {
    const old = decodeModel(encodeModel({ ...small, opsets: new Map([['', 6]]) }));
    expect(thrownBy(() => requireSupportedOpset(old))).toMatchObject({
      code: 'unsupported',
      message: 'Cannot use the model: it has opset 6; opsets 7 to 26 are supported',
    });
    requireSupportedOpset(small);
  });

  it('copies no weight', () => {
    const bytes = encodeModel(small);
    const data = decodeModel(bytes).graph.constants.get('w')?.data;
    expect(data?.kind === 'raw' && data.bytes.buffer === bytes.buffer).toBe(true);
  });

  it('takes both spellings of the default domain', () => {
    const message = newMessage();
    addInt(message, MODEL.irVersion, 8);
    addMessage(message, MODEL.graph, newMessage());
    const opset = newMessage();
    addText(opset, OPSET.domain, 'ai.onnx');
    addInt(opset, OPSET.version, 13);
    addMessage(message, MODEL.opsetImport, opset);
    expect(decodeModel(bytesOf(message)).opsets.get('')).toBe(13);
  });

  it('keeps the documentation and the unknown type of a value that gets another name', () => {
    const wire = newMessage();
    addText(wire, 1, 'list');
    addBytes(wire, 2, Uint8Array.of(0x22, 0x02, 0x0a, 0x00)); // a sequence
    addText(wire, 3, 'why it is there');
    const inputs = [{ name: 'renamed', type: 'other', dims: undefined, wire: bytesOf(wire) } as const];
    const [input] = decodeModel(encodeModel({ ...small, graph: { ...small.graph, inputs } })).graph.inputs;
    expect(input).toMatchObject({ name: 'renamed', type: 'other' });
    expect(Buffer.from(input?.wire ?? []).toString('latin1')).toContain('why it is there');
    expect(() =>
      encodeModel({ ...small, graph: { ...small.graph, inputs: inputs.map((value) => ({ ...value, wire: undefined })) } }),
    ).toThrow('only dense tensors can be made anew');
  });

  it('keeps unknown fields of models, graphs, nodes, tensors and attributes', () => {
    const extra = newMessage();
    addText(extra, 999, 'from the future');
    const unknown = bytesOf(extra);
    const [node] = small.graph.nodes;
    const weight = small.graph.constants.get('w');
    if (!node || !weight) throw new Error('the model has a node and a weight');
    const attributes = new Map([['documented', { kind: 'int', value: 1, unknown: documentation() } as const]]);
    const graph = {
      ...small.graph,
      unknown,
      nodes: [{ ...node, unknown, attributes }],
      constants: new Map([['w', { ...weight, unknown }]]),
    };
    const read = decodeModel(encodeModel({ ...small, unknown, graph }));
    expect(read.unknown).toEqual(unknown);
    expect(read.graph.unknown).toEqual(unknown);
    expect(read.graph.nodes[0]?.unknown).toEqual(unknown);
    expect(read.graph.nodes[0]?.attributes).toEqual(attributes);
    expect(read.graph.constants.get('w')?.unknown).toEqual(unknown);
  });
});

function documentation(): Uint8Array {
  const message = newMessage();
  addText(message, 13, 'why this attribute is there');
  return bytesOf(message);
}

describe('typed fields of tensors', () => {
  const tensor = (typeCode: number, dims: readonly number[], fill: (message: Message) => void): Message => {
    const message = newMessage();
    addPackedInts(message, TENSOR.dims, dims);
    addInt(message, TENSOR.dataType, typeCode);
    addText(message, TENSOR.name, 't');
    fill(message);
    return message;
  };
  const read = (message: Message) => {
    const graph = newMessage();
    addMessage(graph, 5, message);
    const model = newMessage();
    addInt(model, MODEL.irVersion, 8);
    const opset = newMessage();
    addInt(opset, OPSET.version, 17);
    addMessage(model, MODEL.opsetImport, opset);
    addMessage(model, MODEL.graph, graph);
    const constant = decodeModel(encodeModel(decodeModel(bytesOf(model)))).graph.constants.get('t');
    if (!constant) throw new Error('the tensor is gone');
    return constant;
  };

  it('float_data', () => {
    expect([...floatsOf(read(tensor(1, [3], (message) => addPackedFloats(message, TENSOR.floatData, [1, -2.5, 3]))))]).toEqual([
      1, -2.5, 3,
    ]);
  });

  it('int32_data of int32, int8, bool and half floats', () => {
    const numbers = (typeCode: number, values: readonly number[]) =>
      read(tensor(typeCode, [values.length], (message) => addPackedInts(message, TENSOR.int32Data, values)));
    expect(intsOf(numbers(6, [1, -2147483648]))).toEqual([1, -2147483648]);
    expect(intsOf(numbers(3, [127, -128]))).toEqual([127, -128]);
    expect(intsOf(numbers(2, [255, 0]))).toEqual([255, 0]);
    expect(intsOf(numbers(9, [1, 0]))).toEqual([1, 0]);
    expect([...floatsOf(numbers(10, [0x3c00, 0xc000]))]).toEqual([1, -2]);
  });

  it('int64_data and uint64_data, one value at a time too', () => {
    const one = tensor(7, [2], (message) => {
      addInt(message, TENSOR.int64Data, -5);
      addInt(message, TENSOR.int64Data, 2 ** 40);
    });
    expect(intsOf(read(one))).toEqual([-5, 2 ** 40]);
    expect(intsOf(read(tensor(12, [1], (message) => addPackedInts(message, TENSOR.uint64Data, [4294967295]))))).toEqual([4294967295]);
  });

  it('double_data in pieces', () => {
    const doubles = tensor(11, [2], (message) => {
      for (const value of [0.5, -8]) addBytes(message, TENSOR.doubleData, new Uint8Array(Float64Array.of(value).buffer));
    });
    expect([...floatsOf(read(doubles))]).toEqual([0.5, -8]);
  });

  it('string_data that is no text', () => {
    const values = [Uint8Array.of(0xff, 0xfe), new Uint8Array(0)];
    const strings = tensor(8, [2], (message) => {
      for (const value of values) addBytes(message, TENSOR.stringData, value);
    });
    expect(read(strings).data).toEqual({ kind: 'strings', values });
  });

  it('types that are not known yet', () => {
    const raw = Uint8Array.of(1, 2, 3);
    const future = read(tensor(77, [3], (message) => addBytes(message, TENSOR.rawData, raw)));
    expect(future).toMatchObject({ type: 'other', typeCode: 77, data: { kind: 'raw', bytes: raw } });
    const extra = newMessage();
    addText(extra, 300, 'new');
    expect(read(tensor(1, [0], (message) => addWire(message, bytesOf(extra)))).unknown).toEqual(bytesOf(extra));
  });
});
