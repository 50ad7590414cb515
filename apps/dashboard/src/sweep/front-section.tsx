'use client';
import { sayCount, sayPoints } from '@fleetfit/sweep/say-numbers';
import dynamic from 'next/dynamic';
import { type ReactNode, useMemo, useState, useSyncExternalStore } from 'react';
import { type Across, alongFront, type Mark, originalMs } from '../chart/front-marks.ts';
import type { MovedLimit } from '../chart/limit-pills.tsx';
import { sayAcross } from '../chart/say-across.ts';
import type { Brushed } from '../chart/use-pointing.ts';
import { useKeys } from '../client/use-keys.ts';
import type { CandidateRow, SweepOverview } from '../client/views.ts';
import { Choices } from '../frame/choices.tsx';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { ChartTwin } from './chart-twin.tsx';
import { MarkFacts } from './mark-facts.tsx';
import type { Selection } from './selection.ts';
import { type Fronts, marksOfOne, useFronts } from './use-fronts.ts';

// Charts come after the answer is on the screen.
const FrontChart = dynamic(() => import('../chart/front-chart.tsx'), {
  ssr: false,
  loading: () => <div className="h-[340px] sm:min-h-[440px]" />,
});

export interface FrontProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
  readonly selected: CandidateRow | undefined;
  readonly only: string | undefined;
  readonly setOnly: (classId: string | undefined) => void;
  readonly onLimit: (limit: MovedLimit) => void;
}

type Layout = 'together' | 'by class';

/** The evidence: accuracy against latency or size, per device class. */
export function FrontSection(props: FrontProps) {
  const { view, names, only } = props;
  const [dominated, setDominated] = useState(true);
  const [across, setAcross] = useState<Across>('latency');
  const [layout, setLayout] = useState<Layout>('together');
  const narrow = useNarrow();
  // A phone has room for one class; the tabs over the answer choose it.
  const chosen = only ?? (narrow ? view.classes[0]?.id : undefined);
  useKeys({ '.': () => setDominated(!dominated) });
  const shown = view.classes.filter((one) => chosen === undefined || one.id === chosen);
  const measured = view.shown.some((one) => one.classes.some((on) => on.latencyMs));
  const panels = layout === 'by class' && !narrow && shown.length > 1 ? shown.map((one) => [one]) : [shown];
  const fronts = useFronts(view, panels, across);
  const everything = fronts.flatMap(({ front }) => front);
  return (
    <section aria-labelledby="front" className="flex min-w-0 flex-col px-6 pt-4 pb-3 max-sm:px-4">
      <Heading {...{ across, setAcross, layout, setLayout, dominated, setDominated }} classes={view.classes.length} />
      <p className="text-ink-2 sm:hidden">Up: top-1 against the original, points. Tap a mark to select it.</p>
      <Legend {...props} />
      {!measured ? (
        <p className="grid h-[440px] place-items-center text-ink-3 max-sm:h-[320px]">Marks appear here with the first measurement.</p>
      ) : (
        <div className={panels.length > 1 ? 'grid grow gap-x-4 xl:grid-cols-2' : 'flex min-h-0 grow flex-col'}>
          {fronts.map(({ classes, front }) => (
            <Panel
              key={classes.map((one) => one.id).join(' ')}
              {...props}
              classes={classes}
              front={front}
              dominated={dominated}
              alone={panels.length === 1}
            />
          ))}
        </div>
      )}
      {measured && (
        <ChartTwin name="the fronts" head={['Class', 'Candidate', NAMES[across], 'Top-1 change, pt']}>
          {everything
            .flatMap((front) => shown.flatMap((one) => alongFront(front, one.id)))
            .map((mark) => (
              <tr key={mark.classId + mark.candidate}>
                <td>{nameOf(names, mark.classId)}</td>
                <td className="font-mono">{mark.candidate}</td>
                <td>{sayUnit(mark.x.value, across)}</td>
                <td>
                  {mark.kind === 'original'
                    ? '0.0'
                    : `${sayPoints(mark.change.value)} (${sayPoints(mark.change.low)} to ${sayPoints(mark.change.high)})`}
                </td>
              </tr>
            ))}
        </ChartTwin>
      )}
    </section>
  );
}

const NAMES: Readonly<Record<Across, string>> = { latency: 'Latency p50', ratio: '× of the original', size: 'Size' };

function sayUnit(value: number, across: Across): string {
  return across === 'latency' ? `${sayAcross(value, across)} ms` : sayAcross(value, across);
}

type PanelProps = FrontProps & Fronts & { readonly dominated: boolean; readonly alone: boolean };

function Panel({ view, names, selection, selected, classes, front, dominated, alone, onLimit }: PanelProps) {
  const caption = classes.map((one) => sayFront(nameOf(names, one.id), alongFront(front, one.id), front.across)).join(' ');
  const also = useMemo(() => (selected ? marksOfOne(view, selected, front) : []), [view, selected, front]);
  const box = selection.box;
  const brush = (drawn: Brushed | undefined) => {
    const [one] = classes;
    const unit = front.across === 'ratio' && one ? (originalMs(view, one.id) ?? 1) : 1;
    selection.brush(
      drawn && { ...drawn, from: drawn.from * unit, to: drawn.to * unit, across: front.across === 'size' ? 'size' : 'latency' },
    );
  };
  return (
    <div className="flex min-h-0 min-w-0 grow flex-col">
      {!alone && (
        <h3 className="mt-2 flex items-center gap-2 text-label">
          <ClassMark position={classes[0]?.position ?? 0} size={10} />
          {nameOf(names, classes[0]?.id ?? '')}
        </h3>
      )}
      <FrontChart
        front={front}
        selected={selection.selected}
        alsoSelected={also}
        hover={selection.hover}
        dominated={dominated}
        caption={caption}
        box={box?.across === front.across ? box : undefined}
        describe={(mark) => <MarkFacts mark={mark} view={view} names={names} />}
        onSelect={selection.select}
        onOpen={selection.openIt}
        onCompare={selection.compare}
        onBrush={brush}
        onLimit={front.across === 'ratio' ? undefined : onLimit}
        {...(alone ? {} : { className: 'h-[300px]' })}
      />
    </div>
  );
}

interface HeadingProps {
  readonly across: Across;
  readonly setAcross: (across: Across) => void;
  readonly layout: Layout;
  readonly setLayout: (layout: Layout) => void;
  readonly dominated: boolean;
  readonly setDominated: (shown: boolean) => void;
  readonly classes: number;
}

function Heading({ across, setAcross, layout, setLayout, dominated, setDominated, classes }: HeadingProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <h2 id="front" className="mr-auto text-section">
        Accuracy against {across === 'size' ? 'size' : 'latency'}
      </h2>
      <Choices
        label="Across"
        value={across}
        onChange={setAcross}
        options={[
          ['latency', 'ms'],
          ['ratio', '× original'],
          ['size', 'size'],
        ]}
      />
      {classes > 1 && (
        <div className="max-sm:hidden">
          <Choices
            label="Layout"
            value={layout}
            onChange={setLayout}
            options={[
              ['together', 'Together'],
              ['by class', 'By class'],
            ]}
          />
        </div>
      )}
      <button
        type="button"
        aria-pressed={dominated}
        onClick={() => setDominated(!dominated)}
        className="flex h-7 items-center gap-1.5 rounded-control border border-line-2 px-2 text-label font-medium hover:bg-sunken max-sm:hidden"
      >
        <Icon name="eye" size={14} />
        Dominated: {dominated ? 'faint' : 'hidden'}
      </button>
    </div>
  );
}

function Legend({ view, names, only, setOnly }: FrontProps) {
  return (
    <div className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1 text-label text-ink-2 max-sm:hidden">
      {view.classes.map((one) => (
        <button
          key={one.id}
          type="button"
          aria-pressed={only === one.id}
          title={only === one.id ? 'Show all classes' : 'Show this class only'}
          onClick={() => setOnly(only === one.id ? undefined : one.id)}
          className={`flex min-h-6 items-center gap-1.5 rounded-pill hover:text-ink ${only !== undefined && only !== one.id ? 'text-ink-3 line-through' : ''}`}
        >
          <ClassMark position={one.position} size={11} />
          {nameOf(names, one.id)}
        </button>
      ))}
      <ul aria-label="Marks" className="ml-auto flex flex-wrap items-center gap-x-4">
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

function Kind({ words, path }: { readonly words: string; readonly path: ReactNode }) {
  return (
    <li className="flex items-center gap-1.5">
      <svg aria-hidden="true" width="12" height="12" viewBox="0 0 12 12">
        {path}
      </svg>
      {words}
    </li>
  );
}

function sayFront(name: string, sorted: readonly Mark[], across: Across): string {
  const [first] = sorted;
  const last = sorted.at(-1);
  if (!first || !last) return `${name}: nothing is measured yet.`;
  const count = sorted.length === 1 ? '1 candidate' : `${sayCount(sorted.length)} candidates`;
  const end = (mark: Mark) => `${sayUnit(mark.x.value, across)} with ${sayPoints(mark.change.value)} points`;
  return `${name}: ${count} on the front, from ${end(first)} to ${end(last)}.`;
}

const NARROW = '(max-width: 639px)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = matchMedia(NARROW);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => matchMedia(NARROW).matches,
    () => false,
  );
}
