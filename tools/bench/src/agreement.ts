import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withChromiumPage } from '@fleetfit/host/chromium-page';
import { findLab } from '@fleetfit/host/testing';
import type { Tensor } from '@fleetfit/runtime';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { mostOf, seededFeeds } from './agreement/seeded-feeds.ts';
import type { AgreementTask, WebOutputs } from './agreement/web-outputs.ts';
import { atMost, type Bench, type Field, type RowContext } from './bench.ts';

const LAB = findLab('bench agreement');
const FOLDER = join(LAB ?? '', 'data/models');
const MODELS = LAB === undefined ? [] : readdirSync(FOLDER).filter((name) => name.endsWith('.onnx'));

/** Largest difference, as a share of the output's range: rounding of float32 through some fifty layers, and no more. */
const TOLERANCE = 1e-3;

/** The same inputs on onnxruntime-node and on onnxruntime-web in a real Chromium, fp32, for every model of the lab. */
export const bench: Bench = {
  about: 'how far the outputs of a browser lie from those of node, as a share of their range, for every model that both can run',
  rows: MODELS.map((model) => ({ name: nameOf(model), measure: (context) => compare(model, context) })),
  checks: (rows) =>
    MODELS.map((model) =>
      atMost(
        rows,
        { name: `${nameOf(model)}: largest difference`, row: nameOf(model), field: 'largest_share', unit: 'of the range' },
        TOLERANCE,
      ),
    ),
};

function nameOf(model: string): string {
  return model.replace(/\.onnx$/, '');
}

/** Where a model lies, and the largest value of its input. */
export interface Compared {
  readonly folder: string;
  readonly file: string;
  readonly most: number;
}

async function compare(model: string, { say }: RowContext): Promise<Record<string, Field>> {
  const worst = await worstOutput({ folder: FOLDER, file: model, most: mostOf(model) });
  if (worst.share > TOLERANCE) say(`disagreement: output "${worst.name}" differs by ${worst.share.toExponential(1)} of its range`);
  return { largest_share: worst.share, outputs: worst.outputs, worst_output: worst.name };
}

/** Runs a model on both sides, and gives the output that differs most, as a share of its range. */
export async function worstOutput(model: Compared) {
  const inNode = await runInNode(model);
  const inBrowser = await runInBrowser(model);
  const shares = Object.entries(inNode).map(([name, tensor]) => {
    const other = inBrowser.get(name);
    if (!other || other.dims.join() !== tensor.dims.join()) throw new Error(`output "${name}" has another shape in the browser`);
    return { name, share: largestShare(numbersOf(tensor), numbersOf(other)) };
  });
  return { ...shares.reduce((a, b) => (b.share > a.share ? b : a)), outputs: shares.length };
}

async function runInNode({ folder, file, most }: Compared): Promise<Readonly<Record<string, Tensor>>> {
  const graph = new Uint8Array(readFileSync(join(folder, file)));
  const session = await nodeRuntime().open({ graph, externalData: new Map() }, { provider: 'cpu', threads: 1, optimization: 'all' });
  const results = await session.run(seededFeeds(session.inputs, most));
  await session.close();
  return results;
}

async function runInBrowser({ folder, file, most }: Compared): Promise<ReadonlyMap<string, Tensor>> {
  const bodies = new Map<number, Uint8Array>();
  const page = fileURLToPath(new URL('./in-browser/agreement-page.ts', import.meta.url));
  const options = {
    main: `import ${JSON.stringify(page)};`,
    workers: { 'agreement-worker': new URL('./in-browser/agreement-worker.ts', import.meta.url) },
    folders: { ort: dirname(fileURLToPath(import.meta.resolve('onnxruntime-web'))), models: folder },
    conditions: ['onnxruntime-web-use-extern-wasm'],
    isolated: true,
    answer: (request: IncomingMessage, response: ServerResponse) => takeOutput(request, response, bodies),
  };
  const { outputs } = await withChromiumPage(options, (opened) =>
    opened.evaluate((task) => (Reflect.get(globalThis, 'runModel') as (task: AgreementTask) => Promise<WebOutputs>)(task), {
      file,
      most,
      threads: 1,
    }),
  );
  return new Map(outputs.map(({ name, type, dims }, at) => [name, { type, dims, data: typed(type, bodies.get(at) ?? new Uint8Array(0)) }]));
}

function takeOutput(request: IncomingMessage, response: ServerResponse, bodies: Map<number, Uint8Array>): boolean {
  const [, at] = /^\/outputs\/(\d+)$/.exec(request.url ?? '') ?? [];
  if (at === undefined) return false;
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    bodies.set(Number(at), Uint8Array.from(Buffer.concat(parts)));
    response.end();
  });
  return true;
}

function typed(type: Tensor['type'], { buffer }: Uint8Array): Tensor['data'] {
  if (type === 'float32') return new Float32Array(buffer);
  if (type === 'int64') return new BigInt64Array(buffer);
  throw new Error(`an output of ${type} is not compared here`);
}

function numbersOf({ data }: Tensor): readonly number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

/** max |a − b| over (max a − min a); a constant output is compared with its own size. */
function largestShare(a: readonly number[], b: readonly number[]): number {
  const range = Math.max(...spread(a), 1e-12);
  let largest = 0;
  for (const [at, value] of a.entries()) largest = Math.max(largest, Math.abs(value - (b[at] ?? Number.NaN)));
  return Number.isNaN(largest) ? Number.POSITIVE_INFINITY : largest / range;
}

function spread(values: readonly number[]): readonly number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [high - low, high === low ? Math.abs(high) : 0];
}
