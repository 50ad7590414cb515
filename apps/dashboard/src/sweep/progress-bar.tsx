import { sayCount } from '@fleetfit/sweep/say-numbers';
import type { ProgressView } from '../client/views.ts';

type PartName = 'measured' | 'stopped' | 'measuring' | 'compressing' | 'to come';

// Five textures, told apart without colour: solid, crossed, hatched, empty, sunken.
const TEXTURES: Readonly<Record<PartName, string>> = {
  measured: 'bg-accent',
  stopped: 'border border-bad text-bad',
  measuring: 'hatch',
  compressing: 'border border-accent',
  'to come': 'bg-line',
};

/** How far a sweep is: a bar in five textures. */
export function ProgressBar({ progress, thin = false }: { readonly progress: ProgressView; readonly thin?: boolean }) {
  const parts = partsOf(progress);
  const done = progress.measured + progress.refused + progress.failed;
  return (
    <div
      role="progressbar"
      aria-label={parts.map((part) => part.words).join(', ')}
      aria-valuemin={0}
      aria-valuemax={progress.total}
      aria-valuenow={done}
      className={`flex gap-px ${thin ? 'h-1.5' : 'h-2'}`}
    >
      {parts.map((part) => (
        <span
          key={part.name}
          style={{ flexGrow: part.count, minWidth: part.name === 'to come' ? 0 : 4 }}
          className={`basis-0 overflow-hidden rounded-[1px] transition-[flex-grow] duration-300 ${TEXTURES[part.name]}`}
        >
          {part.name === 'stopped' && <Cross />}
        </span>
      ))}
    </div>
  );
}

/** What the textures mean, with counts. */
export function ProgressLegend({ progress }: { readonly progress: ProgressView }) {
  return (
    <ul className="contents">
      {partsOf(progress).map((part) => (
        <li key={part.name} className="flex items-center gap-1.5">
          <span aria-hidden="true" className={`size-2.5 rounded-[1px] ${part.name === 'stopped' ? 'text-bad' : TEXTURES[part.name]}`}>
            {part.name === 'stopped' && <Cross />}
          </span>
          {part.words}
        </li>
      ))}
    </ul>
  );
}

function Cross() {
  return (
    <svg aria-hidden="true" viewBox="0 0 8 8" className="mx-auto block h-full">
      <path d="M1.5 1.500l5 5M6.5 1.500l-5 5" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

function partsOf(progress: ProgressView): readonly { readonly name: PartName; readonly count: number; readonly words: string }[] {
  const { measured, refused, failed, measuring, compressing, toCome } = progress;
  const parts: readonly (readonly [PartName, number, string])[] = [
    ['measured', measured, 'measured'],
    ['stopped', refused + failed, refused && failed ? 'refused or failed' : failed ? 'failed' : 'refused'],
    ['measuring', measuring, 'measuring'],
    ['compressing', compressing, 'compressing'],
    ['to come', toCome, 'to come'],
  ];
  return parts.filter(([, count]) => count > 0).map(([name, count, word]) => ({ name, count, words: `${sayCount(count)} ${word}` }));
}
