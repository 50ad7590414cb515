import {
  sayBytes,
  sayFixed,
  sayLatency,
  sayLatencyMargin,
  sayPoints,
  sayPointsMargin,
  saySpeed,
  saySpeedInterval,
} from '@fleetfit/sweep/say-numbers';
import type { CompareView, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon, type IconName } from '../frame/icon.tsx';
import { Sideways } from '../frame/sideways.tsx';
import { domainOf, type Forest, forestOf } from './forest.ts';

type FigureOf = CompareView['figures'][number];

interface TableProps {
  readonly sweep: SweepOverview;
  readonly compare: CompareView;
  readonly names: ReadonlyMap<string, ClassName>;
}

const METRICS: Readonly<Record<FigureOf['metric'], string>> = {
  'latency p50': 'Latency, p50',
  'latency p95': 'Latency, p95',
  'peak memory': 'Peak memory',
  'top-1': 'Top-1 change',
  size: 'Size',
};

/** Every figure of both, the difference with its interval on one scale, and what it lets one say. Left of zero the second one is better. */
export function FigureTable({ sweep, compare, names }: TableProps) {
  const [first, second] = compare.candidates;
  const two = compare.candidates.length === 2;
  const domain = domainOf(compare.figures);
  return (
    <section aria-label="Figures" className="min-w-0 px-6 py-4 max-sm:px-4">
      <Sideways label="Figures side by side">
        <table className="w-full min-w-[680px] border-collapse text-left">
          <thead>
            <tr className="border-b border-line-2 text-label text-ink-3 [&>th]:pb-1.5 [&>th]:align-bottom [&>th]:font-medium">
              <th scope="col">Metric</th>
              <th scope="col">
                <span className="sr-only">Device class</span>
              </th>
              {compare.candidates.map((one) => (
                <th key={one.id} scope="col" className="text-right font-mono text-ink">
                  {one.id}
                </th>
              ))}
              <th scope="col" className="px-4">
                <span className="flex justify-between whitespace-nowrap">
                  <span>{second?.id} better</span>
                  <span>{first?.id} better</span>
                </span>
              </th>
              <th scope="col" className="text-right whitespace-nowrap">
                {two ? 'Difference' : `${second?.id ?? ''} against ${first?.id ?? ''}`}
              </th>
              <th scope="col" className="pl-3">
                Verdict
              </th>
            </tr>
          </thead>
          <tbody>
            {compare.figures.map((figure, at) => (
              <Row
                key={figure.metric + (figure.classId ?? '')}
                figure={figure}
                begins={at === 0 || compare.figures[at - 1]?.metric !== figure.metric}
                forest={forestOf(figure, domain)}
                position={sweep.classes.find((one) => one.id === figure.classId)?.position}
                name={
                  figure.classId
                    ? nameOf(names, figure.classId)
                    : figure.metric === 'top-1'
                      ? `${sayFixed(compare.images, 0)} images`
                      : `of ${sayBytes(compare.original.bytes ?? 0)}`
                }
              />
            ))}
          </tbody>
        </table>
      </Sideways>
      <p className="mt-2 text-label text-ink-3">
        Scale of times and memory: ±{sayFixed(domain.percent, 0)} %; of accuracy: ±{sayFixed(domain.points, 1)} points. Bars are 95 %
        intervals of the difference.
      </p>
    </section>
  );
}

interface RowProps {
  readonly figure: FigureOf;
  readonly begins: boolean;
  readonly forest: Forest | undefined;
  readonly position: number | undefined;
  readonly name: string;
}

function Row({ figure, begins, forest, position, name }: RowProps) {
  return (
    <tr className={`[&>td]:py-1.5 ${begins ? 'border-t border-line' : ''}`}>
      <td className="pr-3 font-medium whitespace-nowrap">
        {begins ? METRICS[figure.metric] : <span className="sr-only">{METRICS[figure.metric]}</span>}
      </td>
      <td className="pr-3">
        <span className="flex items-center gap-2 text-ink-2">
          {position !== undefined && <ClassMark position={position} size={10} />}
          {name}
        </span>
      </td>
      {figure.values.map((value, at) => (
        <td key={at} className="pl-3 text-right whitespace-nowrap">
          {value ? <Value metric={figure.metric} value={value} /> : <span className="text-ink-3">–</span>}
        </td>
      ))}
      <td className="px-4">
        {figure.metric === 'size' ? (
          <p className="text-center text-label text-ink-3">exact, no interval</p>
        ) : (
          <Bar forest={forest} position={position} />
        )}
      </td>
      <td className="text-right whitespace-nowrap">
        <Difference figure={figure} />
      </td>
      <td className="pl-3 whitespace-nowrap">{figure.verdict && <Verdict verdict={figure.verdict} />}</td>
    </tr>
  );
}

type Value = NonNullable<FigureOf['values'][number]>;

function Value({ metric, value }: { readonly metric: FigureOf['metric']; readonly value: Value }) {
  if (metric === 'latency p50' || metric === 'latency p95') {
    const [number, unit] = sayLatency(value.value, value).split(' ');
    return (
      <>
        {number}{' '}
        <span className="text-label text-ink-3">
          {sayLatencyMargin(value)} {unit}
        </span>
      </>
    );
  }
  if (metric === 'top-1')
    return (
      <>
        {sayPoints(value.value)} <span className="text-label text-ink-3">{sayPointsMargin(value)} pt</span>
      </>
    );
  const [number, unit] = sayBytes(value.value).split(' ');
  return (
    <>
      {number} <span className="text-label text-ink-3">{unit}</span>
    </>
  );
}

function Difference({ figure: { metric, difference, verdict } }: { readonly figure: FigureOf }) {
  if (!difference || !verdict) return <span className="text-ink-3">–</span>;
  if (metric === 'latency p50' || metric === 'latency p95') {
    const said = verdict === 'faster' || verdict === 'slower' ? verdict : difference.value < 1 ? 'slower' : 'faster';
    return (
      <>
        <p className="font-semibold">{saySpeed(difference, said)}</p>
        <p className="text-label text-ink-3">{saySpeedInterval(difference)}</p>
      </>
    );
  }
  if (metric === 'top-1')
    return (
      <>
        <p className="font-semibold">{sayPoints(difference.value)} pt</p>
        <p className="text-label text-ink-3">
          {sayPoints(difference.low)} to {sayPoints(difference.high)}
        </p>
      </>
    );
  const sign = difference.value < 0 ? '−' : difference.value > 0 ? '+' : '';
  return <p className="font-semibold">{`${sign}${sayBytes(Math.abs(difference.value))}`}</p>;
}

const VERDICTS: Readonly<Record<NonNullable<FigureOf['verdict']>, { readonly icon: IconName; readonly tone: string }>> = {
  faster: { icon: 'check', tone: 'text-accent' },
  smaller: { icon: 'check', tone: 'text-accent' },
  better: { icon: 'check', tone: 'text-accent' },
  slower: { icon: 'close', tone: 'text-warn' },
  larger: { icon: 'close', tone: 'text-warn' },
  worse: { icon: 'close', tone: 'text-warn' },
  'no difference': { icon: 'equal', tone: 'text-ink-3' },
  undecided: { icon: 'clock', tone: 'text-warn' },
};

function Verdict({ verdict }: { readonly verdict: NonNullable<FigureOf['verdict']> }) {
  const { icon, tone } = VERDICTS[verdict];
  return (
    <span className="flex items-center gap-2">
      <Icon name={icon} size={14} className={tone} />
      {verdict}
    </span>
  );
}

function Bar({ forest, position }: { readonly forest: Forest | undefined; readonly position: number | undefined }) {
  return (
    <span className="relative block h-5 min-w-36">
      <span aria-hidden="true" className="absolute top-0 left-1/2 h-full w-px bg-ink-3" />
      {[25, 75].map((at) => (
        <span key={at} aria-hidden="true" className="absolute top-0 h-full w-px bg-line" style={{ left: `${at}%` }} />
      ))}
      {forest && (
        <>
          <span
            aria-hidden="true"
            className="absolute top-1/2 h-[1.5px] -translate-y-1/2 bg-ink"
            style={{ left: `${forest.low}%`, width: `${Math.max(0.5, forest.high - forest.low)}%` }}
          />
          <span aria-hidden="true" className="absolute top-1/2 flex -translate-1/2" style={{ left: `${forest.value}%` }}>
            {position === undefined ? <span className="size-2 rounded-full bg-ink" /> : <ClassMark position={position} size={10} />}
          </span>
        </>
      )}
    </span>
  );
}
