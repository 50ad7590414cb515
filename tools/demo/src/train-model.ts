import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodeModel } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { train } from '@fleetfit/train';
import { CLASSES } from './draw/vessels.ts';
import { drinkBatches } from './drink-batches.ts';
import { drawSet } from './drink-set.ts';
import { evaluateDrinks } from './evaluate-drinks.ts';
import { drinksNetwork } from './network.ts';
import { SIDECAR } from './preprocessing.ts';

// npm run demo:train [-- --out DIR --images N --epochs N --threads N]: makes drinks.onnx and its sidecar again.
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../model', import.meta.url)) },
    images: { type: 'string', default: '6000' },
    'held-out': { type: 'string', default: '1000' },
    epochs: { type: 'string', default: '20' },
    rate: { type: 'string', default: '0.1' },
    threads: { type: 'string', default: '1' },
  },
});
const say = (line: string): void => console.log(`${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${line}`);

const runtime = nodeRuntime();
const set = drawSet({ count: Number(values.images), seed: 'train', onProgress: (n) => n % 1000 === 0 && say(`${n} images drawn`) });
const heldOut = drawSet({ count: Number(values['held-out']), seed: 'held-out' });
let losses = 0;
let steps = 0;
const trained = await train(drinksNetwork('drinks'), {
  runtime,
  batches: drinkBatches(set, { batch: 64, seed: 'batches' }),
  epochs: Number(values.epochs),
  rate: Number(values.rate),
  threads: Number(values.threads),
  onStep: ({ loss }) => {
    losses += loss;
    steps++;
  },
  onEpoch: async (epoch, model) => {
    const every = epoch % 4 === 3 ? `, held out ${percent((await evaluateDrinks(runtime, encodeModel(model), heldOut)).accuracy)}` : '';
    say(`epoch ${epoch + 1} of ${values.epochs}: loss ${(losses / steps).toFixed(3)}${every}`);
    losses = 0;
    steps = 0;
  },
});

const bytes = encodeModel(trained);
const { accuracy, confusion } = await evaluateDrinks(runtime, bytes, heldOut);
await mkdir(values.out, { recursive: true });
await writeFile(join(values.out, 'drinks.onnx'), bytes);
await writeFile(join(values.out, 'drinks.onnx.fleetfit.json'), lined(SIDECAR));
say(`${percent(accuracy)} of ${heldOut.count} held-out images, ${bytes.length} bytes in ${join(values.out, 'drinks.onnx')}`);
for (const [label, row] of confusion.entries())
  console.log(`${(CLASSES[label]?.name ?? '').padStart(11)}  ${row.map((n) => String(n).padStart(4)).join('')}`);

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

// JSON with a line for each field, as the formatter of this repository leaves it.
function lined(fields: object): string {
  const short = (value: unknown): string =>
    JSON.stringify(value, undefined, 1).replace(/\n */g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
  return `{\n${Object.entries(fields)
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${short(value)}`)
    .join(',\n')}\n}\n`;
}
