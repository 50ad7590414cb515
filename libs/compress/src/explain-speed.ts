import { decodeModel, encodeModel, type GraphView, type Model, type Node, viewOf } from '@fleetfit/onnx';
import type { OpenOptions, Runtime } from '@fleetfit/runtime';
import { inferShapes, type Shapes } from './infer-shapes.ts';

/** What speaks with the runtime. */
export interface ExplainContext {
  readonly runtime: Runtime;
  readonly options: Pick<OpenOptions, 'provider' | 'threads'>;
}

/**
 * Why a candidate may be slower than it looks, in sentences: from the graph as the runtime rewrites it before it runs. It names
 * conversions between floats and integers that were left over, layers that stayed float between integer ones, casts, and channel counts
 * that leave vector units idle. Empty: nothing was found, or this runtime cannot tell.
 */
export async function explainSpeed(candidate: Model, { runtime, options }: ExplainContext): Promise<readonly string[]> {
  const files = { graph: encodeModel(candidate), externalData: new Map<string, Uint8Array>() };
  const bytes = await runtime.optimized(files, { ...options, optimization: 'all' });
  if (!bytes) return [];
  const graph = viewOf(decodeModel(bytes));
  const isInteger = graph.nodes.some((node) => node.op.startsWith('QLinear') || INTEGER.has(node.op));
  return [
    ...(isInteger ? conversions(graph) : []),
    ...(isInteger ? floatLayers(graph) : []),
    ...expansions(graph),
    ...casts(graph),
    ...oddChannels(viewOf(candidate), inferShapes(candidate)),
  ];
}

const INTEGER = new Set(['QGemm', 'MatMulInteger', 'DynamicQuantizeMatMul', 'ConvInteger', 'MatMulIntegerToFloat']);
const LAYERS = new Set(['Conv', 'FusedConv', 'Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul']);

/** One at the image and one at each answer are needed. */
function conversions(graph: GraphView): string[] {
  const ofActivations = graph.nodes.filter(
    (node) => (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') && !graph.constant(node.inputs[0] ?? ''),
  );
  const needed = graph.graph.inputs.length + graph.graph.outputs.length;
  if (ofActivations.length <= needed) return [];
  const last = ofActivations.map((node) => nameOf(node)).slice(0, 3);
  return [
    `${ofActivations.length} conversions between floats and integers at every run, where ${needed} would do: near ${last.join(', ')}${ofActivations.length > 3 ? ' ...' : ''}`,
  ];
}

function floatLayers(graph: GraphView): string[] {
  const float = graph.nodes.filter((node) => LAYERS.has(node.op));
  if (float.length === 0) return [];
  return [`${counted(float.length, 'layer')} stayed float: ${named(float)}`];
}

function expansions(graph: GraphView): string[] {
  const expanded = graph.nodes.filter((node) => node.op === 'DequantizeLinear' && graph.constant(node.inputs[0] ?? ''));
  if (expanded.length === 0) return [];
  return [
    `${counted(expanded.length, 'weight')} ${expanded.length === 1 ? 'is' : 'are'} expanded to floats at every run: ${named(expanded)}`,
  ];
}

function casts(graph: GraphView): string[] {
  const found = graph.nodes.filter((node) => node.op === 'Cast' && !graph.constant(node.inputs[0] ?? ''));
  return found.length === 0 ? [] : [`${counted(found.length, 'cast')} between element types at every run: ${named(found)}`];
}

/** Kernels work on blocks of 8 or 16 channels: others take the time of the next multiple. */
function oddChannels(graph: GraphView, shapes: Shapes): string[] {
  const odd = graph.nodes.flatMap((node) => {
    const channels = shapes.of(node.outputs[0] ?? '')?.[1] ?? 0;
    const isMade = node.op === 'Conv' && !graph.isOutput(node.outputs[0] ?? '') && channels > 16;
    return isMade && channels % 8 !== 0 ? [`${graph.idOf(node)} (${channels})`] : [];
  });
  if (odd.length === 0) return [];
  const more = odd.length > 3 ? ' ...' : '';
  return [
    `${counted(odd.length, 'convolution')} ${odd.length === 1 ? 'makes' : 'make'} a number of channels that is no multiple of 8: ${odd.slice(0, 3).join(', ')}${more}`,
  ];
}

const nameOf = (node: Node): string => `"${node.name || node.outputs[0] || node.op}"`;
const named = (nodes: readonly Node[]): string => nodes.slice(0, 3).map(nameOf).join(', ') + (nodes.length > 3 ? ' ...' : '');
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
