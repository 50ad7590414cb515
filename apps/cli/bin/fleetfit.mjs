#!/usr/bin/env node
import { existsSync } from 'node:fs';

// npm links this file at install, before anything is built.
const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) await import(built);
else {
  process.stderr.write('error: Fleetfit is not built yet\ntry: npm run build\n');
  process.exitCode = 1;
}
