'use client';
import type { ReactNode } from 'react';
import type { SweepEstimate } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { CloseButton } from '../frame/close-button.tsx';
import { CopyButton } from '../frame/copy-button.tsx';
import { Sideways } from '../frame/sideways.tsx';
import { changesOf, DEFAULTS, type SweepWish } from './sweep-wish.ts';

interface ExpertProps {
  readonly wish: SweepWish;
  readonly change: (part: Partial<SweepWish>) => void;
  readonly estimate: SweepEstimate | undefined;
  readonly file: string | undefined;
  readonly onClose: () => void;
}

const SAMPLERS: readonly (readonly [string, string])[] = [
  ['tpe', 'TPE: learns from what was good, any kind of knob'],
  ['tt-cross', 'Tensor train: many knobs that act together'],
  ['gp', 'Gaussian process: few candidates, dear ones'],
  ['nsga2', 'NSGA-II: whole fronts'],
  ['cma-es', 'CMA-ES: knobs that are numbers'],
  ['quasi-random', 'Quasi-random: evenly spread'],
  ['random', 'Random'],
  ['grid', 'Grid: every combination in order'],
];

/** What an expert may set, and all of it as a file that says the same. */
export function ExpertDrawer({ wish, change, estimate, file, onClose }: ExpertProps) {
  const changes = changesOf(wish);
  return (
    <aside
      aria-label="Expert settings"
      className="border-line bg-canvas p-6 max-xl:border-t xl:sticky xl:top-0 xl:h-dvh xl:w-[468px] xl:overflow-y-auto xl:border-l max-sm:p-4"
    >
      <div className="flex items-center gap-3">
        <h2 className="text-section">Expert</h2>
        <p className="flex-1 text-label text-ink-3">
          {changes === 0 ? 'everything by default' : `${changes} ${changes === 1 ? 'change' : 'changes'} from the defaults`}
        </p>
        {changes > 0 && (
          <Button kind="quiet" onClick={() => change({ ...DEFAULTS, without: [] })}>
            Reset
          </Button>
        )}
        <CloseButton onClose={onClose} />
      </div>
      <SpaceOf wish={wish} change={change} estimate={estimate} />
      <Searching wish={wish} change={change} />
      {file !== undefined && (
        <section className="mt-6">
          <div className="flex items-center justify-between">
            <h3 className="text-section">The same as a file</h3>
            <CopyButton text={file} label="Copy the file" />
          </div>
          <Sideways label="The same as a file" look="mt-1 rounded-control border border-line bg-surface p-3">
            <pre className="font-mono text-label">{`# fleetfit.sweep.yaml\n${file}`}</pre>
          </Sideways>
          <p className="mt-1 text-label text-ink-3">
            <code className="font-mono">fleetfit sweep run fleetfit.sweep.yaml</code> starts the same sweep.
          </p>
        </section>
      )}
    </aside>
  );
}

function SpaceOf({ wish, change, estimate }: Pick<ExpertProps, 'wish' | 'change' | 'estimate'>) {
  if (!estimate) return null;
  if (wish.recipes.length > 0)
    return (
      <section className="mt-4">
        <h3 className="text-section">Recipes</h3>
        <ul className="mt-1">
          {wish.recipes.map((recipe) => (
            <li key={recipe} className="border-b border-line py-1.5 font-mono text-label break-words">
              {recipe}
            </li>
          ))}
        </ul>
        <Button kind="quiet" className="-ml-3" onClick={() => change({ recipes: [] })}>
          Let a sampler choose instead
        </Button>
      </section>
    );
  const { recipes, knobs, moreKnobs } = estimate;
  return (
    <section className="mt-4">
      <div className="flex items-baseline justify-between border-b border-line pb-1">
        <h3 className="text-section">Space</h3>
        <p className="text-label text-ink-3">
          {knobs.length + moreKnobs} {knobs.length + moreKnobs === 1 ? 'knob' : 'knobs'},{' '}
          {recipes === undefined ? 'more than 20,000 recipes' : `${recipes.toLocaleString('en')} recipes`}
        </p>
      </div>
      <ul>
        {knobs.map((knob) => (
          <Knob
            key={knob.name}
            knob={knob}
            kept={wish.knobs[knob.name]}
            onKeep={(kept) => change({ knobs: withKnob(wish.knobs, knob, kept) })}
          />
        ))}
      </ul>
      {moreKnobs > 0 && <p className="mt-1 text-label text-ink-3">and {moreKnobs} more, of single layers; a file can narrow them.</p>}
    </section>
  );
}

type KnobOf = SweepEstimate['knobs'][number];

function withKnob(knobs: SweepWish['knobs'], knob: KnobOf, kept: readonly string[]): SweepWish['knobs'] {
  const others = Object.fromEntries(Object.entries(knobs).filter(([name]) => name !== knob.name));
  return kept.length === knob.levels.length || kept.length === 0 ? others : { ...others, [knob.name]: kept };
}

function Knob({
  knob,
  kept,
  onKeep,
}: {
  readonly knob: KnobOf;
  readonly kept: readonly string[] | undefined;
  readonly onKeep: (kept: readonly string[]) => void;
}) {
  const all = knob.levels.map((level) => level.name);
  const now = kept ?? all;
  const turn = (name: string) => onKeep(all.filter((one) => (one === name ? !now.includes(one) : now.includes(one))));
  return (
    <li className="grid grid-cols-[132px_minmax(0,1fr)] gap-3 border-b border-line py-2 max-sm:grid-cols-1 max-sm:gap-1">
      <span className="pt-0.5">{knob.label}</span>
      <span className="flex flex-wrap gap-1.5">
        {knob.levels.map((level) => {
          const on = now.includes(level.name);
          return (
            <button
              key={level.name}
              type="button"
              aria-pressed={on}
              onClick={() => turn(level.name)}
              title={on ? 'Leave this level out' : 'Allow this level'}
              className={`min-h-6 rounded-pill border px-1.5 text-label pointer-coarse:min-h-11 ${on ? 'border-line-2 bg-surface' : 'border-line text-ink-3 line-through'}`}
            >
              {level.label}
            </button>
          );
        })}
      </span>
    </li>
  );
}

function Searching({ wish, change }: Pick<ExpertProps, 'wish' | 'change'>) {
  return (
    <section className="mt-6">
      <h3 className="text-section">Search and measuring</h3>
      <div className="mt-2 grid grid-cols-[150px_minmax(0,1fr)] items-center gap-x-3 gap-y-2 max-sm:grid-cols-1">
        <Field name="Sampler">
          <select
            aria-label="Sampler"
            value={wish.sampler}
            onChange={(event) => change({ sampler: event.target.value })}
            className="h-8 w-full rounded-control border border-line-2 bg-surface px-2 pointer-coarse:h-11"
          >
            {SAMPLERS.map(([id, words]) => (
              <option key={id} value={id}>
                {words}
              </option>
            ))}
          </select>
        </Field>
        <Field name="Candidates at most" after="besides the original">
          <Small label="Candidates at most" value={wish.candidates} onChange={(candidates) => change({ candidates })} />
        </Field>
        <Field name="Judged on" after="validation images">
          <Small label="Images" value={wish.images} onChange={(images) => change({ images })} />
        </Field>
        <Field name="Blocks a candidate" after="at most, until ±2 %">
          <Small label="Blocks a candidate" value={wish.blocks} onChange={(blocks) => change({ blocks })} />
        </Field>
        <Field name="A block lasts" after="ms">
          <Small label="A block lasts, ms" value={wish.blockMs} onChange={(blockMs) => change({ blockMs })} />
        </Field>
      </div>
    </section>
  );
}

function Field({ name, after, children }: { readonly name: string; readonly after?: string; readonly children: ReactNode }) {
  return (
    <>
      <span className="text-ink-2">{name}</span>
      <span className="flex items-center gap-2">
        {children}
        {after && <span className="text-label text-ink-3">{after}</span>}
      </span>
    </>
  );
}

function Small({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <input
      aria-label={label}
      inputMode="numeric"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-8 w-20 rounded-control border border-line-2 bg-surface px-2 pointer-coarse:h-11"
    />
  );
}
