import { readdirSync, rmSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';

// Run in the folder of an app: bundles src/main.ts and every entry of a thread or child process into dist/.
const ENTRY = /(?:^main|-thread|-worker|-child)\.ts$/;

/** Our own packages are sources and go into the bundle; everything else is found in node_modules when it runs. */
const thirdPartyStaysOutside: Plugin = {
  name: 'third-party-stays-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@fleetfit/') ? undefined : { path, external: true },
    );
  },
};

const entries = readdirSync('src').filter((name) => ENTRY.test(name) && !name.endsWith('.test.ts'));
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: entries.map((name) => `src/${name}`),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
  plugins: [thirdPartyStaysOutside],
});
