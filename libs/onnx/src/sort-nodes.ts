import { FleetError } from '@fleetfit/core';
import type { Node } from './model.ts';
import { readsOf } from './subgraphs.ts';

/**
 * Topological order that moves as little as possible: nodes keep their order, a node that comes too late moves before its first user.
 * @throws FleetError `bug` for a cycle, or for a value that two nodes make
 */
export function sortNodes(nodes: readonly Node[]): Node[] {
  const makers = makersOf(nodes);
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  // A stack of its own: a chain can be longer than the call stack is deep.
  for (const root of nodes) {
    const stack = [root];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      if (state.get(node) === 'done') {
        stack.pop();
        continue;
      }
      state.set(node, 'open');
      const before = nextUnsorted(node, makers, state);
      if (before === undefined) {
        state.set(node, 'done');
        sorted.push(node);
        stack.pop();
      } else if (state.get(before) === 'open') throw cycle(before, stack);
      else stack.push(before);
    }
  }
  return sorted;
}

function nextUnsorted(node: Node, makers: ReadonlyMap<string, Node>, state: ReadonlyMap<Node, 'open' | 'done'>): Node | undefined {
  for (const value of readsOf(node)) {
    const maker = makers.get(value);
    if (maker && state.get(maker) !== 'done') return maker;
  }
  return undefined;
}

function makersOf(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  const makers = new Map<string, Node>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      const other = makers.get(output);
      if (other && output !== '')
        throw new FleetError('bug', `Cannot order the graph: value "${output}" is made by ${called(other)} and by ${called(node)}`);
      makers.set(output, node);
    }
  }
  makers.delete('');
  return makers;
}

function cycle(node: Node, stack: readonly Node[]): FleetError {
  const around = [...stack.slice(stack.indexOf(node)), node].map(called);
  return new FleetError('bug', `Cannot order the graph: it has a cycle, ${around.slice(0, 8).join(' -> ')}`);
}

/** How messages name a node: `Conv "conv1"`. */
export function called(node: Node): string {
  return `${node.op} "${node.name || node.outputs.find((output) => output !== '') || ''}"`;
}
