import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { drawIcon } from './draw-icon.ts';

// Run in the folder of a web app: bundles src/main.tsx, its style, every src/*-worker.ts and the service worker into dist/, with names
// that hold a hash of what is in them, and puts static files, icons and the runtime's own files beside them.

const OUT = 'dist';
const common: BuildOptions = {
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome119', 'safari17', 'firefox120'],
  sourcemap: 'linked',
  logLevel: 'warning',
  outdir: OUT,
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  loader: { '.woff2': 'file' },
  // The library without its wasm: that is served as files of our own.
  conditions: ['onnxruntime-web-use-extern-wasm'],
  // An optional part of the message client that no browser has.
  external: ['node:*'],
  metafile: true,
};

rmSync(OUT, { recursive: true, force: true });
const onnxruntime = copyRuntime();
// Workers know each other's names only once they are built: first those that need none, then the page.
const workers = await bundle(workersIn('src'), { onnxruntime });
const page = await bundle(['src/main.tsx', 'src/style.css'], { onnxruntime, ...workers });
cpSync('static', OUT, { recursive: true });
writeIcons();
writeFileSync(
  join(OUT, 'index.html'),
  filled(readFileSync('src/index.html', 'utf8'), { script: page['main'] ?? '', style: page['style'] ?? '' }),
);
await bundle(['src/service-worker.ts'], { shell: ['/', ...assets()] }, 'service-worker');

function workersIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('-worker.ts') && name !== 'service-worker.ts')
    .map((name) => join(folder, name));
}

/** Bundles, with `known` in the place of FLEETFIT_BUILD; gives the path of each entry by its name in camel case. */
async function bundle(entryPoints: readonly string[], known: object, entryNames = common.entryNames): Promise<Record<string, string>> {
  const define = { FLEETFIT_BUILD: JSON.stringify(known) };
  const { metafile } = await build({
    ...common,
    entryPoints: [...entryPoints],
    define,
    splitting: true,
    ...(entryNames ? { entryNames } : {}),
  });
  return pathsOf(metafile);
}

function pathsOf(metafile: Metafile | undefined): Record<string, string> {
  const outputs = Object.entries(metafile?.outputs ?? {});
  return Object.fromEntries(
    outputs.flatMap(([path, { entryPoint }]) =>
      entryPoint ? [[camelCase(basename(entryPoint).replace(/\.\w+$/, '')), path.replace(OUT, '')] as const] : [],
    ),
  );
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}

/** What the page needs to open: no source maps, and nothing that only a measuring worker loads. */
function assets(): readonly string[] {
  return readdirSync(join(OUT, 'assets'))
    .filter((name) => /\.(?:js|css|woff2)$/.test(name) && !/^(?:measure|self-test|blobs)-worker|^ort\./.test(name))
    .map((name) => `/assets/${name}`);
}

/** Copies the builds of onnxruntime that the app may load, under a folder of their version. */
function copyRuntime(): string {
  const library = dirname(createRequire(join(process.cwd(), 'package.json')).resolve('onnxruntime-web'));
  const { version } = JSON.parse(readFileSync(join(library, '../package.json'), 'utf8')) as { version: string };
  const folder = join(OUT, 'ort', version);
  mkdirSync(folder, { recursive: true });
  for (const build of ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'])
    for (const kind of ['mjs', 'wasm']) cpSync(join(library, `${build}.${kind}`), join(folder, `${build}.${kind}`));
  return `/ort/${version}/`;
}

function writeIcons(): void {
  mkdirSync(join(OUT, 'icons'), { recursive: true });
  for (const size of [192, 512]) writeFileSync(join(OUT, 'icons', `icon-${size}.png`), drawIcon(size, { margin: 0, radius: 7 / 32 }));
  // Systems cut any shape out of this one: the mark stays in the middle.
  writeFileSync(join(OUT, 'icons', 'maskable-512.png'), drawIcon(512, { margin: 0.14, radius: 0 }));
}
