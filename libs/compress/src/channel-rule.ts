import type { GraphView, Node } from '@fleetfit/onnx';
import type { Atoms, Channels } from './channel-atoms.ts';
import type { Shapes } from './infer-shapes.ts';

/** One axis of a constant whose places are channels: removing them removes those numbers. */
export interface Touch {
  readonly node: Node;
  readonly constant: string;
  readonly axis: number;
  readonly ids: readonly number[];
  /** What the constant does with them: a weight makes or reads channels, other constants go along. */
  readonly does: 'makes' | 'reads' | 'follows';
}

/** A graph read channel by channel. */
export interface ChannelWalk {
  readonly graph: GraphView;
  readonly shapes: Shapes;
  readonly atoms: Atoms;
  /** By value; absent where it has no channels that can be told apart. */
  readonly channels: ReadonlyMap<string, Channels>;
  readonly touches: readonly Touch[];
}

/** While it is being read. */
export interface Walk extends ChannelWalk {
  readonly channels: Map<string, Channels>;
  readonly touches: Touch[];
}

/** What an operator does with the channels that it reads. */
export type ChannelRule = (node: Node, walk: Walk) => void;

/** The channels of a value must stay. */
export function keep(value: string, why: string, { channels, atoms }: Walk): void {
  const its = channels.get(value);
  if (its) atoms.freeze(its.ids, why);
}

/** A value has these channels. */
export function set(value: string | undefined, channels: Channels | undefined, walk: Walk): void {
  if (value !== undefined && value !== '' && channels) walk.channels.set(value, channels);
}

/** An axis as counted from the start. */
export const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
