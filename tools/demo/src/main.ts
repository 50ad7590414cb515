import { parseArgs } from 'node:util';
import { makePaint, showsColour } from '@fleetfit/cli';
import { toFleetError } from '@fleetfit/core';
import { runDemo } from './run-demo.ts';

// npm run demo [-- --phone --json FILE --stay --port N --candidates N --images N --out DIR]
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    stay: { type: 'boolean', default: false },
    phone: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    candidates: { type: 'string', default: '12' },
    images: { type: 'string', default: '1500' },
    out: { type: 'string', default: 'out/demo' },
  },
});

const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
process.once('SIGTERM', () => abort.abort());
const paint = makePaint({ colour: showsColour(process.stdout) });

try {
  await runDemo({
    candidates: Number(values.candidates),
    images: Number(values.images),
    out: values.out,
    stay: values.stay,
    phone: values.phone,
    port: Number(values.port),
    paint,
    signal: abort.signal,
    say: (line) => console.log(line),
    ...(values.json !== undefined && { json: values.json }),
  });
} catch (thrown) {
  const error = toFleetError(thrown, 'Cannot run the demo');
  console.error(`${paint.bad('error:')} ${error.message}`);
  if (error.next !== undefined) console.error(`${paint.dim('try:')} ${error.next}`);
  process.exitCode = 1;
}
