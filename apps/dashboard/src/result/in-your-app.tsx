'use client';
import { sayBytes } from '@fleetfit/sweep/say-numbers';
import { useState } from 'react';
import type { PortfolioView, SweepOverview } from '../client/views.ts';
import { Choices } from '../frame/choices.tsx';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { CopyButton } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { Sideways } from '../frame/sideways.tsx';

interface AppProps {
  readonly sweep: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly choice: PortfolioView['choices'][number];
}

type Where = 'web' | 'node' | 'terminal';

/** How the files get into a program: the code, which file goes where, what is in the bundle. */
export function InYourApp({ sweep, names, choice }: AppProps) {
  const [where, setWhere] = useState<Where>('web');
  const text = codeFor(where, sweep, choice);
  return (
    <aside className="border-line px-6 py-4 max-xl:border-t max-sm:px-4 xl:border-l">
      <section aria-labelledby="app">
        <div className="flex items-center justify-between gap-2">
          <h2 id="app" className="text-section">
            In your app
          </h2>
          <Choices
            label="Where"
            value={where}
            onChange={setWhere}
            options={[
              ['web', 'Web'],
              ['node', 'Node'],
              ['terminal', 'Terminal'],
            ]}
          />
        </div>
        <div className="relative mt-2">
          <Sideways label="The code" look="rounded-control bg-sunken p-3 pr-9">
            <pre className="font-mono text-label">{text}</pre>
          </Sideways>
          <span className="absolute top-1.5 right-1.5">
            <CopyButton text={text} label="Copy the code" />
          </span>
        </div>
      </section>
      <section aria-labelledby="picks" className="mt-5">
        <h2 id="picks" className="text-section">
          Which file goes where
        </h2>
        <ul className="mt-1">
          {choice.classes.map((one) => {
            const deviceClass = sweep.classes.find((each) => each.id === one.classId);
            return (
              <li key={one.classId} className="grid grid-cols-[minmax(0,1fr)_60px_auto] items-center gap-2 border-b border-line py-2">
                <span className="flex min-w-0 items-center gap-2">
                  <ClassMark position={deviceClass?.position ?? 0} size={10} />
                  <span className="truncate">{nameOf(names, one.classId)}</span>
                </span>
                <span className="font-mono text-label font-semibold">{one.candidate}</span>
                <span className="text-label text-ink-3">
                  {deviceClass?.devices} {deviceClass?.devices === 1 ? 'device' : 'devices'}
                </span>
              </li>
            );
          })}
        </ul>
      </section>
      <section aria-labelledby="bundle" className="mt-5">
        <h2 id="bundle" className="text-section">
          In the bundle
        </h2>
        <ul className="mt-1">
          {choice.files.map((file) => (
            <Item key={file} name={`${file}.onnx`} what="tensors inside" size={sayBytes(sizeOf(sweep, file))} />
          ))}
          <Item name="fleetfit.json" what="classes, recipes, figures, conditions" size="" />
        </ul>
      </section>
    </aside>
  );
}

function Item({ name, what, size }: { readonly name: string; readonly what: string; readonly size: string }) {
  return (
    <li className="flex items-center gap-2 py-1">
      <Icon name="file" size={14} className="shrink-0 text-ink-3" />
      <span className="font-mono text-label">{name}</span>
      <span className="text-label text-ink-3">{what}</span>
      <span className="ml-auto text-label text-ink-2">{size}</span>
    </li>
  );
}

function sizeOf(sweep: SweepOverview, file: string): number {
  return sweep.shown.find((one) => one.id === file)?.bytes ?? Number.NaN;
}

function codeFor(where: Where, sweep: SweepOverview, { classes }: AppProps['choice']): string {
  const web = classes.find((one) => sweep.classes.find((each) => each.id === one.classId)?.label.includes(', web')) ?? classes[0];
  const node = classes.find((one) => sweep.classes.find((each) => each.id === one.classId)?.label.includes(', node')) ?? classes[0];
  if (where === 'terminal') return `fleetfit export ${sweep.id} --out models/`;
  const file = (where === 'web' ? web : node)?.candidate ?? 'c000';
  const lib = where === 'web' ? 'onnxruntime-web' : 'onnxruntime-node';
  return [
    `import * as ort from '${lib}';`,
    '',
    'const session = await ort.InferenceSession',
    `  .create('${where === 'web' ? '/models/' : './models/'}${file}.onnx', {`,
    `    executionProviders: ['${where === 'web' ? 'wasm' : 'cpu'}'],`,
    '  });',
  ].join('\n');
}
