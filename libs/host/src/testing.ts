export { type FoundChromium, findChromium } from './testing/find-chromium.ts';
export { type FoundPostgres, findPostgres } from './testing/find-postgres.ts';
export { type RunningPostgres, startPostgres } from './testing/start-postgres.ts';
