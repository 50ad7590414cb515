import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDataset } from '@fleetfit/demo';
import { playJourney } from './journey.ts';
import { openPhones } from './phones.ts';
import { DRINKS, startTestFleet } from './test-fleet.ts';
import { zipFolder } from './zip-folder.ts';

// `npm run journey`: a newcomer's path in a real browser, from an empty start to the downloaded winner, with the demo's model and images.

const { values } = parseArgs({ options: { candidates: { type: 'string' }, images: { type: 'string', default: '500' } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const fleet = await startTestFleet({ agents: [] });
const browser = await openPhones();
try {
  await writeDataset({ out: join(fleet.folder, 'drinks'), count: Number(values.images), seed: 'demo' });
  const zip = await zipFolder(join(fleet.folder, 'drinks'), join(fleet.folder, 'drinks.zip'));
  const { clicks, ms, file, bytes } = await playJourney({
    browser,
    operator: fleet.addresses.operator,
    files: [DRINKS, zip],
    candidates: values.candidates === undefined ? undefined : Number(values.candidates),
    quick: false,
    folder: fleet.folder,
    patienceMs: 900_000,
    say,
  });
  say(`\n${clicks} clicks, ${(ms / 60_000).toFixed(1)} min; the winner is ${file.split('/').at(-1)}, ${bytes.length} bytes.`);
  process.exitCode = clicks <= 12 ? 0 : 1;
} finally {
  await browser.close();
  await fleet.close();
}
