'use client';
import { sayCount, sayLatency, sayPoints } from '@fleetfit/sweep/say-numbers';
import dynamic from 'next/dynamic';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { captionOf, frontMarks, type Mark } from '../chart/front-marks.ts';
import { useKeys } from '../client/use-keys.ts';
import type { SweepView } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { MarkFacts } from './mark-facts.tsx';
import type { Selection } from './selection.ts';

// Charts are most of the bytes: they come after the answer is on the screen.
const FrontChart = dynamic(() => import('../chart/front-chart.tsx'), {
  ssr: false,
  loading: () => <div className="h-[340px] sm:min-h-[440px]" />,
});

interface FrontProps {
  readonly view: SweepView;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
  readonly only: string | undefined;
  readonly setOnly: (classId: string | undefined) => void;
}

/** The evidence: accuracy against latency, per device class. */
export function FrontSection({ view, names, selection, only, setOnly }: FrontProps) {
  const [dominated, setDominated] = useState(true);
  const narrow = useNarrow();
  // A phone has room for one class; the tabs over the answer choose it.
  const shown = only ?? (narrow ? view.classes[0]?.id : undefined);
  const front = useMemo(() => frontMarks(view, (classId) => shown === undefined || classId === shown), [view, shown]);
  useKeys({ '.': () => setDominated(!dominated) });
  const caption = captionOf(
    view.classes.filter((one) => shown === undefined || one.id === shown),
    front,
    (classId, marks) => sayFront(nameOf(names, classId), marks),
  );
  return (
    <section aria-labelledby="front" className="flex min-w-0 flex-col px-6 pt-4 pb-3 max-sm:px-4">
      <Heading dominated={dominated} onToggle={() => setDominated(!dominated)} />
      <p className="text-ink-2 sm:hidden">Up: top-1 against the original, points. Tap a mark to select it.</p>
      <Legend view={view} names={names} only={only} setOnly={setOnly} />
      {front.marks.length === 0 ? (
        <p className="grid h-[440px] place-items-center text-ink-3 max-sm:h-[320px]">Marks appear here with the first measurement.</p>
      ) : (
        <FrontChart
          front={front}
          selected={selection.selected}
          hover={selection.hover}
          dominated={dominated}
          caption={caption}
          describe={(mark) => <MarkFacts mark={mark} view={view} names={names} />}
          onSelect={selection.select}
          onOpen={selection.openIt}
        />
      )}
    </section>
  );
}

function Heading({ dominated, onToggle }: { readonly dominated: boolean; readonly onToggle: () => void }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <h2 id="front" className="text-section">
        Accuracy against latency
      </h2>
      <button
        type="button"
        aria-pressed={dominated}
        onClick={onToggle}
        className="flex h-6 items-center gap-1.5 rounded-control border border-line-2 px-2 text-label font-medium hover:bg-sunken max-sm:hidden"
      >
        <Icon name="eye" size={14} />
        Dominated: {dominated ? 'faint' : 'hidden'}
      </button>
    </div>
  );
}

function Legend({ view, names, only, setOnly }: Omit<FrontProps, 'selection'>) {
  return (
    <div className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-label text-ink-2 max-sm:hidden">
      {view.classes.map((one) => (
        <button
          key={one.id}
          type="button"
          aria-pressed={only === one.id}
          title={only === one.id ? 'Show all classes' : 'Show this class only'}
          onClick={() => setOnly(only === one.id ? undefined : one.id)}
          className={`flex items-center gap-1.5 rounded-pill hover:text-ink ${only !== undefined && only !== one.id ? 'opacity-45' : ''}`}
        >
          <ClassMark position={one.position} size={11} />
          {nameOf(names, one.id)}
        </button>
      ))}
      <ul aria-label="Marks" className="ml-auto flex flex-wrap gap-x-4">
        <Kind words="on the front" path={<circle cx="6" cy="6" r="4.5" fill="currentColor" />} />
        <Kind words="so far" path={<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.6" />} />
        <Kind
          words="original"
          path={
            <>
              <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.6" />
              <path d="M4 6h4" stroke="currentColor" strokeWidth="1.4" />
            </>
          }
        />
        <Kind words="95 % interval" path={<path d="M6 0v12M3.5 .5h5M3.5 11.500h5" stroke="currentColor" strokeWidth="1.2" />} />
      </ul>
    </div>
  );
}

function Kind({ words, path }: { readonly words: string; readonly path: React.ReactNode }) {
  return (
    <li className="flex items-center gap-1.5">
      <svg aria-hidden="true" width="12" height="12" viewBox="0 0 12 12">
        {path}
      </svg>
      {words}
    </li>
  );
}

function sayFront(name: string, marks: readonly Mark[]): string {
  const sorted = [...marks].sort((a, b) => a.latency.value - b.latency.value);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (!first || !last) return `${name}: nothing on the front yet.`;
  const say = (mark: Mark) => `${sayLatency(mark.latency.value)} at ${sayPoints(mark.change.value)} points`;
  const count = `${sayCount(sorted.length)} ${sorted.length === 1 ? 'candidate' : 'candidates'} on the front`;
  return first === last ? `${name}: ${count}, ${say(first)}.` : `${name}: ${count}, from ${say(first)} to ${say(last)}.`;
}

const PHONE = '(max-width: 639px)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const phone = matchMedia(PHONE);
      phone.addEventListener('change', changed);
      return () => phone.removeEventListener('change', changed);
    },
    () => matchMedia(PHONE).matches,
    () => false,
  );
}
