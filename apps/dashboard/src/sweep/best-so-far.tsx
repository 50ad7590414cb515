'use client';
import {
  latencyUnit,
  MISSING,
  sayBytes,
  sayCount,
  sayLatency,
  sayLatencyInterval,
  sayLatencyValue,
  sayPercent,
  sayPercentInterval,
  sayPoints,
  sayPointsInterval,
  saySpeed,
  saySpeedInterval,
} from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import { asks } from '../client/fleet-client.tsx';
import type { CandidateOnClass, CandidateRow, ClassOverview, SweepOverview } from '../client/views.ts';
import { Changed } from '../frame/changed.tsx';
import { ClassMark } from '../frame/class-mark.tsx';
import type { ClassName } from '../frame/class-names.ts';
import { onClass, originalOf, shownIn } from './candidate-rows.ts';
import { LimitGauge } from './limit-gauge.tsx';
import type { Selection } from './selection.ts';
import { isOver } from './sweep-state.ts';

interface BestProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
  readonly only: string | undefined;
  readonly setOnly: (classId: string | undefined) => void;
}

// With limits that are only tried out, the best may be one that the overview does not bring along.
function useBests(view: SweepOverview): readonly CandidateRow[] | undefined {
  const missing = view.classes.flatMap(({ best }) => (best && !shownIn(view, best.candidate) ? [best.candidate] : []));
  const query = { id: view.id, ids: missing, order: { by: 'candidate' as const } };
  return useQuery(asks.sweeps.rows.queryOptions(query, { enabled: missing.length > 0 })).data?.rows;
}

/** The answer: per device class one candidate, one sentence, one reason. On a phone one class at a time. */
export function BestSoFar({ view, names, selection, only, setOnly }: BestProps) {
  const bests = useBests(view);
  const chosen = view.classes.find((one) => one.id === only) ?? view.classes[0];
  return (
    <section aria-labelledby="best" className="min-w-0 max-lg:order-first max-lg:border-b max-lg:border-line lg:border-l lg:border-line">
      <div className="flex items-baseline justify-between gap-3 px-6 pt-4 max-sm:px-4">
        <h2 id="best" className="text-section">
          {isOver(view.state) ? 'Best' : 'Best so far'}
        </h2>
        <p className="text-label text-ink-3">{orderWords(view)}</p>
      </div>
      {view.classes.length > 1 && <ClassTabs view={view} names={names} chosen={chosen?.id} setOnly={setOnly} />}
      <ul className="px-6 max-sm:px-4">
        {view.classes.map((one) => (
          <li key={one.id} className={`border-line py-4 not-last:border-b ${one.id === chosen?.id ? '' : 'max-sm:hidden'}`}>
            <BestOfClass view={view} deviceClass={one} name={names.get(one.id)} selection={selection} bests={bests} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ClassTabs({ view, names, chosen, setOnly }: Omit<BestProps, 'selection' | 'only'> & { readonly chosen: string | undefined }) {
  return (
    <div role="group" aria-label="Device class" className="mx-4 mt-3 flex overflow-hidden rounded-tile border border-line-2 sm:hidden">
      {view.classes.map((one) => (
        <button
          key={one.id}
          type="button"
          aria-pressed={one.id === chosen}
          onClick={() => setOnly(one.id)}
          className="flex min-h-11 min-w-0 flex-1 items-center justify-center gap-2 border-line-2 px-2 py-1 not-last:border-r aria-pressed:bg-sunken aria-pressed:font-medium"
        >
          <ClassMark position={one.position} />
          <span className="min-w-0 text-left text-label break-words">{names.get(one.id)?.name}</span>
        </button>
      ))}
    </div>
  );
}

interface OneProps {
  readonly view: SweepOverview;
  readonly deviceClass: ClassOverview;
  readonly name: ClassName | undefined;
  readonly bests: readonly CandidateRow[] | undefined;
  readonly selection: Selection;
}

function BestOfClass({ view, deviceClass, name, selection, bests }: OneProps) {
  const best = shownIn(view, deviceClass.best?.candidate) ?? bests?.find((one) => one.id === deviceClass.best?.candidate);
  const on = best && onClass(best, deviceClass.id);
  const original = originalOf(view);
  const originalOn = original && onClass(original, deviceClass.id);
  return (
    <>
      <h3 className="flex items-baseline gap-2">
        <ClassMark position={deviceClass.position} />
        <span className="min-w-0">
          {name?.name} <span className="font-normal text-ink-3">{name?.rest}</span>
        </span>
        <span className="ml-auto text-label font-normal whitespace-nowrap text-ink-3">
          {sayCount(deviceClass.devices)} {deviceClass.devices === 1 ? 'device' : 'devices'}
        </span>
      </h3>
      {best && on ? (
        <>
          <Figures best={best} on={on} original={original} />
          <LimitGauge
            position={deviceClass.position}
            best={on.latencyMs?.value}
            limit={deviceClass.limits.latencyMs}
            original={originalOn?.latencyMs?.value}
          />
          <Sentence text={deviceClass.best?.sentence ?? ''} candidate={best.id} selection={selection} />
          {deviceClass.best?.test && <OnTest test={deviceClass.best.test} />}
        </>
      ) : (
        <p className="mt-1 text-ink-2">{whyNone(view, originalOn)}</p>
      )}
    </>
  );
}

interface FiguresProps {
  readonly best: CandidateRow;
  readonly on: CandidateOnClass;
  readonly original: CandidateRow | undefined;
}

function Figures({ best, on, original }: FiguresProps) {
  const { latencyMs: latency, accuracyChange: change, accuracy } = on;
  const of = original?.bytes !== undefined && !best.isOriginal ? `of ${sayBytes(original.bytes)}` : undefined;
  return (
    <dl className="mt-1 grid grid-cols-[1.1fr_1.3fr_1.1fr_auto] gap-x-3">
      <div>
        <dt className="sr-only">Latency, p50</dt>
        <dd className="whitespace-nowrap">
          <Changed text={latency ? sayLatencyValue(latency.value, latency) : MISSING} className="text-title font-semibold">
            {latency ? sayLatencyValue(latency.value, latency) : MISSING}
          </Changed>{' '}
          <span className="text-ink-2">{latency && latencyUnit(latency.value)}</span>
        </dd>
        <dd className="text-label text-ink-3">{latency && sayLatencyInterval(latency)}</dd>
      </div>
      <Speed best={best} on={on} />
      <Figure
        what="Top-1 against the original"
        value={change ? `${sayPoints(change.value)} pt` : accuracy ? sayPercent(accuracy.value) : MISSING}
        interval={change ? sayPointsInterval(change) : accuracy && sayPercentInterval(accuracy)}
      />
      <Figure what="Size" value={best.bytes === undefined ? MISSING : sayBytes(best.bytes)} interval={of} />
    </dl>
  );
}

function Speed({ best, on: { speed, verdict } }: { readonly best: CandidateRow; readonly on: CandidateOnClass }) {
  if (best.isOriginal || !speed || !verdict)
    return <Figure what="Against the original" value={best.isOriginal ? 'the original' : MISSING} />;
  const tone = verdict === 'slower' ? 'text-warn' : '';
  return <Figure what="Against the original" value={saySpeed(speed, verdict)} interval={saySpeedInterval(speed)} tone={tone} />;
}

interface FigureProps {
  readonly what: string;
  readonly value: string;
  readonly interval?: string | undefined;
  readonly tone?: string;
}

function Figure({ what, value, interval, tone = '' }: FigureProps) {
  return (
    <div className="pt-1">
      <dt className="sr-only">{what}</dt>
      <dd className={`font-semibold ${tone}`}>
        <Changed text={value}>{value}</Changed>
      </dd>
      <dd className="text-label text-ink-3">{interval}</dd>
    </div>
  );
}

// `Ship c034: 2.5 times as fast …`: what to do in bold, which candidate as a button that selects it everywhere.
function Sentence({ text, candidate, selection }: { readonly text: string; readonly candidate: string; readonly selection: Selection }) {
  const end = text.search(/[:.]/);
  const [head, tail] = end > 0 && end < 60 ? [text.slice(0, end), text.slice(end + 1).trim()] : ['', text];
  return (
    <p className="mt-2 text-ink-2">
      {head && (
        <button
          type="button"
          onClick={() => selection.select(candidate)}
          onPointerEnter={() => selection.hover.set(candidate)}
          onPointerLeave={() => selection.hover.set(undefined)}
          className="mr-1 font-semibold text-ink hover:underline"
        >
          {head}.
        </button>
      )}
      {tail.charAt(0).toUpperCase() + tail.slice(1)}
    </p>
  );
}

function OnTest({ test }: { readonly test: NonNullable<NonNullable<ClassOverview['best']>['test']> }) {
  return (
    <p className="mt-1 text-label text-ink-3">
      On the test split, looked at once: {sayPercent(test.accuracy.value)} ({sayPercentInterval(test.accuracy)}),{' '}
      {sayPoints(test.change.value)} pt ({sayPointsInterval(test.change)}).
    </p>
  );
}

function whyNone(view: SweepOverview, originalOn: CandidateOnClass | undefined): string {
  if (isOver(view.state)) return 'No candidate kept every limit. Loosen a limit, or extend the sweep.';
  return originalOn?.latencyMs
    ? `The original takes ${sayLatency(originalOn.latencyMs.value, originalOn.latencyMs)}. No candidate is measured yet that keeps every limit.`
    : 'Nothing is measured here yet. The original comes first.';
}

function orderWords(view: SweepOverview): string {
  return view.objectives.includes('latency') ? 'smallest latency inside the limits' : `by ${view.objectives.join(', ')}`;
}
