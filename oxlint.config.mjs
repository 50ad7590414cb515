import { readdirSync, readFileSync } from 'node:fs';

// The layers are written once, as nx tags in each package.json: "layer:2", "runs:anywhere". See architecture in README.md.
const folders = ['libs', 'apps', 'tools'].flatMap((kind) => readdirSync(new URL(kind, import.meta.url)).map((name) => `${kind}/${name}`));
const projects = folders.flatMap((folder) => {
  let text;
  try {
    text = readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8');
  } catch {
    return [];
  }
  const { name, nx } = JSON.parse(text);
  const tag = (kind) => nx.tags.find((each) => each.startsWith(`${kind}:`))?.slice(kind.length + 1);
  return [{ folder, name, layer: Number(tag('layer')), runs: tag('runs') }];
});

/** Names that files of a project must not import, each with what to do instead. */
function forbidden(project) {
  const tooHigh = projects.filter(
    (other) => other.name !== project.name && (other.layer >= project.layer || (project.runs === 'anywhere' && other.runs !== 'anywhere')),
  );
  const patterns = [
    {
      group: ['@fleetfit/*/src/*', '../../*/src/*', '../../../libs/*', '../../../apps/*'],
      message: 'Import another package by its name, never its files.',
    },
    { group: ['./index.ts', '../index.ts'], message: 'Within a package import the file itself: the index is for others.' },
  ];
  if (project.layer < 6) {
    patterns.push({ group: ['node:*'], message: 'Layers 0 to 5 do no I/O: take a port as a parameter.' });
    patterns.push({
      group: ['onnxruntime-*', '@nats-io/*', '@grpc/*', '@trpc/*', 'react*', 'next', 'drizzle-orm', 'pg', 'sharp'],
      message: 'Layers 0 to 5 know no adapter: take a port as a parameter.',
    });
  }
  if (project.runs === 'anywhere' && project.layer >= 6)
    patterns.push({ group: ['node:*'], message: 'This package runs in browsers too.' });
  for (const other of tooHigh) {
    // The dashboard sees the router's types; the code behind them stays on the server.
    const typesOnly = project.name === '@fleetfit/dashboard' && other.name === '@fleetfit/api';
    patterns.push({
      group: [other.name, `${other.name}/*`],
      message: `${project.name} (layer ${project.layer}) must not import ${other.name} (layer ${other.layer}).`,
      ...(typesOnly && { allowTypeImports: true }),
    });
  }
  if (project.name === '@fleetfit/dashboard')
    patterns.push({
      group: ['@fleetfit/api', '@fleetfit/api/*'],
      message: 'The dashboard takes types only from the API.',
      allowTypeImports: true,
    });
  return patterns;
}

// A tool may use whatever it needs, and the command starts the other apps.
const free = (project) => project.layer >= 8 || project.name === '@fleetfit/cli';

const layering = projects
  .filter((project) => !free(project))
  .map((project) => ({
    files: [`${project.folder}/src/**/*.ts`, `${project.folder}/src/**/*.tsx`],
    rules: { 'no-restricted-imports': ['error', { patterns: forbidden(project) }] },
  }));

const pure = projects.filter(({ layer }) => layer < 6).map(({ folder }) => `${folder}/src/**/*.ts`);

export default {
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'oxc'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['**/generated/**', '**/dist/**', '**/out/**', '**/.next/**', '**/next-env.d.ts'],
  rules: {
    'no-console': 'error',
    'import/no-cycle': 'error',
    'max-params': ['error', { max: 3 }],
    'max-lines': ['error', { max: 500, skipComments: true, skipBlankLines: true }],
    'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
    complexity: ['error', { max: 18 }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/explicit-module-boundary-types': 'off',
    // Ours are deliberate: a message is also read by people, and an await in a loop is often the point.
    'unicorn/no-array-sort': 'off',
    // Ports are records of functions and never use `this`; exhaustive switches end by returning in every case; worker threads have no origin.
    'typescript/unbound-method': 'off',
    'typescript/consistent-return': 'off',
    'unicorn/require-post-message-target-origin': 'off',
    'promise/always-return': 'off',
    'promise/no-promise-in-callback': 'off',
    'promise/no-callback-in-promise': 'off',
    'import/no-named-as-default-member': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-reverse': 'off',
    'typescript/no-meaningless-void-operator': 'off',
    // A type parameter that only names the result is how a parser is written.
    'typescript/no-unnecessary-type-parameters': 'off',
    'no-shadow': 'off',
    'no-await-in-loop': 'off',
    'import/no-unassigned-import': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
  },
  overrides: [
    ...layering,
    {
      files: pure,
      rules: {
        'no-restricted-globals': [
          'error',
          { name: 'process', message: 'Layers 0 to 5 do no I/O.' },
          { name: 'fetch', message: 'Layers 0 to 5 do no I/O.' },
          { name: 'setTimeout', message: 'Take a Clock or a port.' },
        ],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: 'Take a Clock.' },
          { object: 'Math', property: 'random', message: 'Take an Rng.' },
          { object: 'performance', property: 'now', message: 'Take a Clock.' },
        ],
      },
    },
    {
      files: ['**/*.test.ts', '**/testing.ts', '**/testing/**', 'tools/**', 'apps/cli/**'],
      rules: {
        'no-restricted-imports': 'off',
        'no-restricted-globals': 'off',
        'no-restricted-properties': 'off',
        'max-lines-per-function': 'off',
        'max-lines': 'off',
        'max-params': 'off',
        'typescript/require-array-sort-compare': 'off',
        'no-console': 'off',
      },
    },
  ],
};
