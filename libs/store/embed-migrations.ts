/** Writes the migrations folder into one source file, so that a bundled app needs no folder beside it. Run by `npm run migrations`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { embedded } from './src/embedded-migrations.ts';

mkdirSync(new URL('./src/generated/', import.meta.url), { recursive: true });
writeFileSync(new URL('./src/generated/migrations.ts', import.meta.url), embedded(new URL('./migrations/', import.meta.url)));
