export { type FoundChromium, findChromium } from './testing/find-chromium.ts';
export { findLab } from './testing/find-lab.ts';
export { type FoundPostgres, findPostgres } from './testing/find-postgres.ts';
export { type RunningPostgres, startPostgres } from './testing/start-postgres.ts';
