import { describe, expect, it } from 'vitest';
import { buildModel, constantOf, editModel, type Model, type Node, verifyModel, viewOf } from './index.ts';

const weight = (name: string, ...values: number[]) => constantOf(name, [values.length], Float32Array.from(values));

/** x -> a (Relu) -> b (Mul w) -> y (Add v), and a Constant node that makes v. */
const chain = buildModel({
  name: 'chain',
  opset: 17,
  inputs: [{ name: 'x', type: 'float32', dims: [1] }],
  outputs: [{ name: 'y', type: 'float32', dims: [1] }],
  nodes: [
    { op: 'Constant', outputs: ['v'], inputs: [], attributes: { value: { tensor: weight('', 5) } } },
    { op: 'Relu', name: 'relu', inputs: ['x'], outputs: ['a'] },
    { op: 'Mul', name: 'mul', inputs: ['a', 'w'], outputs: ['b'] },
    { op: 'Add', name: 'add', inputs: ['b', 'v'], outputs: ['y'] },
  ],
  constants: [weight('w', 2)],
});

function nodeOf(model: Model, op: string): Node {
  const node = model.graph.nodes.find((other) => other.op === op);
  if (!node) throw new Error(`no ${op}`);
  return node;
}

const shown = (model: Model): string[] => model.graph.nodes.map(({ op, inputs, outputs }) => `${outputs.join()} = ${op}(${inputs.join()})`);

function edited(change: Parameters<typeof editModel>[1], model = chain): Model {
  const result = editModel(model, change);
  verifyModel(result);
  return result;
}

describe('editModel', () => {
  it('returns the very model when nothing changes', () => {
    expect(editModel(chain, (editor) => editor.freshName('x'))).toBe(chain);
  });

  it('leaves the model it was given as it was', () => {
    const before = structuredClone(shown(chain));
    edited((editor) => editor.replaceUses('a', 'x'));
    expect(shown(chain)).toEqual(before);
  });

  it('drops a node from a chain, and the constant that only it read', () => {
    const result = edited((editor) => {
      editor.replaceUses('b', 'a');
      editor.remove(nodeOf(chain, 'Mul'));
    });
    expect(shown(result)).toEqual(['v = Constant()', 'a = Relu(x)', 'y = Add(a,v)']);
    expect([...result.graph.constants.keys()]).toEqual([]);
  });

  it('keeps the name of a graph output when the node that made it goes', () => {
    const result = edited((editor) => {
      editor.replaceUses('y', 'b');
      editor.remove(nodeOf(chain, 'Add'));
    });
    expect(shown(result)).toEqual(['a = Relu(x)', 'y = Mul(a,w)']);
  });

  it('lets a graph output give a value that is made from it', () => {
    for (const order of ['use first', 'add first'] as const) {
      const result = edited((editor) => {
        if (order === 'use first') editor.replaceUses('y', 'z');
        editor.add({ op: 'Relu', inputs: ['y'], outputs: ['z'] });
        if (order === 'add first') editor.replaceUses('y', 'z');
      });
      expect(shown(result).slice(-2)).toEqual(['y_1 = Add(b,v)', 'y = Relu(y_1)']);
    }
  });

  it('puts an Identity where a graph output becomes an input or another output', () => {
    const result = edited((editor) => {
      editor.replaceUses('y', 'x');
      editor.remove(nodeOf(chain, 'Add'));
    });
    expect(shown(result)).toContain('y = Identity(x)');
  });

  it('inserts a node behind a value without feeding it its own output', () => {
    const result = edited((editor) => {
      editor.add({ op: 'Neg', inputs: ['a'], outputs: ['minus'] });
      editor.replaceUses('a', 'minus');
    });
    expect(shown(result)).toEqual(['v = Constant()', 'a = Relu(x)', 'minus = Neg(a)', 'b = Mul(minus,w)', 'y = Add(b,v)']);
  });

  it('orders nodes that were added backwards before their first user', () => {
    const result = edited((editor) => {
      editor.replaceInput(nodeOf(chain, 'Mul'), 'a', 'n2');
      editor.add({ op: 'Neg', inputs: ['n1'], outputs: ['n2'] });
      editor.add({ op: 'Neg', inputs: ['a'], outputs: ['n1'] });
    });
    expect(shown(result)).toEqual(['v = Constant()', 'a = Relu(x)', 'n1 = Neg(a)', 'n2 = Neg(n1)', 'b = Mul(n2,w)', 'y = Add(b,v)']);
  });

  it('follows a node through several changes by any of its former objects', () => {
    const mul = nodeOf(chain, 'Mul');
    const result = edited((editor) => {
      editor.replaceInput(mul, 'a', 'x');
      editor.replaceInput(mul, 'w', 'x');
      editor.replace(mul, { op: 'Sub', inputs: ['x', 'x'], outputs: ['b'] });
    });
    expect(shown(result)).toContain('b = Sub(x,x)');
    expect(nodeOf(result, 'Sub').name).toBe('mul');
  });

  it('answers questions as the graph stands after each change', () => {
    edited((editor) => {
      expect(editor.usersOf('a').map((node) => node.op)).toEqual(['Mul']);
      const neg = editor.add({ op: 'Neg', inputs: ['a'], outputs: ['n'] });
      expect(editor.usersOf('a').map((node) => node.op)).toEqual(['Mul', 'Neg']);
      expect(editor.nodeMaking('n')).toBe(neg);
      editor.setConstant(weight('v', 9));
      expect(editor.constant('v')?.dims).toEqual([1]);
      expect(editor.nodeMaking('v')).toBeUndefined();
      editor.remove(neg);
      expect(editor.nodes.map((node) => node.op)).toEqual(['Relu', 'Mul', 'Add']);
    });
  });

  it('turns a Constant node into an initializer when its value is set', () => {
    const result = edited((editor) => editor.setConstant(weight('v', 9)));
    expect(shown(result)).toEqual(['a = Relu(x)', 'b = Mul(a,w)', 'y = Add(b,v)']);
    expect(viewOf(result).constant('v')).toMatchObject({ name: 'v', dims: [1] });
  });

  it('gives fresh names that nothing bears, each once', () => {
    edited((editor) => {
      expect(editor.freshName('q')).toBe('q');
      expect(editor.freshName('q')).toBe('q_1');
      expect(editor.freshName('w')).toBe('w_1');
      editor.add({ op: 'Neg', inputs: ['x'], outputs: ['q_2'] });
      expect(editor.freshName('q')).toBe('q_3');
      expect(editor.freshName('relu')).toBe('relu_1');
    });
  });

  it('lists initializers as inputs no longer, whatever the IR version did', () => {
    const old = { ...chain, irVersion: 3, graph: { ...chain.graph, inputs: [...chain.graph.inputs, listed('w')] } };
    expect(viewOf(old).isInput('w')).toBe(false);
    const result = edited((editor) => editor.setOpset('', 18), old);
    expect(result.irVersion).toBe(4);
    expect(result.opsets.get('')).toBe(18);
    expect(result.graph.inputs.map((input) => input.name)).toEqual(['x']);
  });

  it('keeps an overridable default of IR version 4 and later until it is set', () => {
    const model = { ...chain, graph: { ...chain.graph, inputs: [...chain.graph.inputs, listed('w')] } };
    const names = (result: Model): string[] => result.graph.inputs.map((input) => input.name);
    expect(names(edited((editor) => editor.replaceUses('a', 'x'), model))).toEqual(['x', 'w']);
    expect(names(edited((editor) => editor.setConstant(weight('w', 1)), model))).toEqual(['x']);
  });

  it('keeps stated shapes of values it did not touch, and drops all when a weight changes its shape', () => {
    const values = new Map(['a', 'b'].map((name) => [name, listed(name)]));
    const model = { ...chain, graph: { ...chain.graph, values } };
    const left = (change: Parameters<typeof editModel>[1]): string[] => [...edited(change, model).graph.values.keys()];
    expect(left((editor) => editor.replace(nodeOf(chain, 'Mul'), { op: 'Div', inputs: ['a', 'w'], outputs: ['b'] }))).toEqual(['a']);
    expect(left((editor) => editor.setConstant(weight('w', 3)))).toEqual(['a', 'b']);
    expect(left((editor) => editor.setConstant(weight('w', 3, 4)))).toEqual([]);
  });

  it('refuses changes that do not fit together', () => {
    const mul = nodeOf(chain, 'Mul');
    expect(() => editModel(chain, (editor) => editor.add({ op: 'Neg', inputs: ['x'], outputs: ['b'] }))).toThrow(
      'value "b" is made by Mul "mul" and by Neg "b"',
    );
    expect(() => editModel(chain, (editor) => editor.replaceInput(nodeOf(chain, 'Relu'), 'x', 'b'))).toThrow(/cycle, .*Relu "relu"/);
    expect(() =>
      editModel(chain, (editor) => {
        editor.remove(mul);
        editor.remove(mul);
      }),
    ).toThrow('Cannot change Mul "mul": it is not in the graph');
    expect(() => editModel(chain, (editor) => editor.setConstant(weight('a', 1)))).toThrow('Relu "relu" makes that value');
  });

  it('sorts a chain that is longer than the call stack', { timeout: 60_000 }, () => {
    const length = 20_000;
    const result = edited((editor) => {
      for (let i = length; i > 0; i--) editor.add({ op: 'Neg', inputs: [i === 1 ? 'x' : `n${i - 1}`], outputs: [`n${i}`] });
      editor.replaceInput(nodeOf(chain, 'Mul'), 'a', `n${length}`);
    });
    expect(result.graph.nodes.length).toBe(length + 4);
  });
});

function listed(name: string) {
  return { name, type: 'float32', dims: [1], wire: undefined } as const;
}

describe('viewOf', () => {
  it('finds weights wherever an exporter put them', () => {
    const view = viewOf(chain);
    expect(view.constant('w')?.name).toBe('w');
    expect(view.constant('v')?.name).toBe('v');
    expect(view.constant('a')).toBeUndefined();
  });

  it('knows makers, users, inputs and outputs', () => {
    const view = viewOf(chain);
    expect(view.nodeMaking('b')?.op).toBe('Mul');
    expect(view.nodeMaking('x')).toBeUndefined();
    expect(view.usersOf('b').map((node) => node.op)).toEqual(['Add']);
    expect(view.isOutput('y')).toBe(true);
    expect(view.isOutput('b')).toBe(false);
    expect(view.isInput('x')).toBe(true);
    expect(view.valueInfo('x')?.dims).toEqual([1]);
  });

  it('names nodes uniquely, also those that share a name, have none, or are called as a value is', () => {
    const model = buildModel({
      name: 'names',
      opset: 17,
      inputs: [{ name: 'x', type: 'float32', dims: [1] }],
      outputs: [{ name: 'd', type: 'float32', dims: [1] }],
      nodes: [
        { op: 'Neg', name: 'same', inputs: ['x'], outputs: ['a'] },
        { op: 'Neg', name: 'same', inputs: ['a'], outputs: ['b'] },
        { op: 'Neg', inputs: ['b'], outputs: ['c'] },
        { op: 'Neg', name: 'c', inputs: ['c'], outputs: ['d'] },
      ],
    });
    const view = viewOf(model);
    expect(model.graph.nodes.map((node) => view.idOf(node))).toEqual(['a', 'b', 'Neg:c', 'c']);
  });
});
