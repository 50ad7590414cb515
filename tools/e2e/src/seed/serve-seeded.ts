import { once } from 'node:events';
import { SHELF_CAMERAS, startSeededFleet, THOUSANDS } from './seeded-fleet.ts';

// `npm run seeded [-- --thousands]`: the dashboard over seeded books, until Ctrl-C.
const seeds = [SHELF_CAMERAS, { ...SHELF_CAMERAS, name: 'mobilenetv2, done', over: 60, finish: true }];
const { operator, seeded, close } = await startSeededFleet(process.argv.includes('--thousands') ? [...seeds, THOUSANDS] : seeds, (line) =>
  process.stdout.write(`${line}\n`),
);
process.stdout.write(`${operator}  ${seeded.map((id) => `${operator}/sweep?id=${id}`).join('  ')}\n`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await close();
