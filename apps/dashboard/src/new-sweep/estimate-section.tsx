import { sayBytes, sayCount, sayDuration, sayFixed, sayLatency, sayLatencyMargin } from '@fleetfit/sweep/say-numbers';
import type { ReactNode } from 'react';
import type { SweepEstimate } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon, type IconName } from '../frame/icon.tsx';
import { Sideways } from '../frame/sideways.tsx';

interface EstimateProps {
  readonly estimate: SweepEstimate;
  readonly names: ReadonlyMap<string, ClassName>;
  /** Points that may be lost; undefined where there is no such limit. */
  readonly drop: number | undefined;
}

type Class = SweepEstimate['classes'][number];

const OUTLOOKS: Readonly<Record<Class['outlook'], { readonly icon: IconName; readonly word: string; readonly tone: string }>> = {
  'met already': { icon: 'check', word: 'Met already', tone: 'text-accent' },
  likely: { icon: 'check', word: 'Likely', tone: 'text-accent' },
  possible: { icon: 'clock', word: 'Possible', tone: 'text-warn' },
  unlikely: { icon: 'warning', word: 'Unlikely', tone: 'text-bad' },
  unknown: { icon: 'clock', word: 'Not known yet', tone: 'text-ink-3' },
};

/** Whether the goal can be reached, and what trying costs: before anything starts. */
export function EstimateSection({ estimate, names, drop }: EstimateProps) {
  const measured = estimate.classes.some((one) => one.originalMs);
  return (
    <>
      <section aria-labelledby="reach" className="mt-6 border-t border-line pt-5">
        <h2 id="reach" className="text-section">
          Can it be reached?
        </h2>
        <p className="text-label text-ink-3">
          {measured
            ? 'From what earlier sweeps of this model found.'
            : 'No sweep of this model was run yet: the original is measured first, on every class.'}
        </p>
        <Sideways label="Outlook on every device class">
          <table className="mt-1 w-full border-collapse text-left max-sm:min-w-[520px]">
            <thead>
              <tr className="border-b border-line text-label text-ink-3 [&>th]:py-1.5 [&>th]:font-medium">
                <th scope="col">Device class</th>
                <th scope="col" className="text-right">
                  Original, p50
                </th>
                <th scope="col" className="pr-8 pl-4 text-right">
                  Limit
                </th>
                <th scope="col">Outlook</th>
              </tr>
            </thead>
            <tbody>
              {estimate.classes.map((one) => (
                <ClassRow key={one.id} one={one} name={names.get(one.id)} />
              ))}
            </tbody>
          </table>
        </Sideways>
        <Telling estimate={estimate} drop={drop} />
      </section>
      <Takes estimate={estimate} busiest={busiestName(estimate, names)} />
    </>
  );
}

function busiestName({ classes }: SweepEstimate, names: ReadonlyMap<string, ClassName>): string {
  const [slowest] = [...classes].sort((a, b) => (b.originalMs?.value ?? 0) - (a.originalMs?.value ?? 0));
  return slowest ? nameOf(names, slowest.id) : '';
}

function ClassRow({ one, name }: { readonly one: Class; readonly name: ClassName | undefined }) {
  const said = OUTLOOKS[one.outlook];
  return (
    <tr className="border-b border-line [&>td]:py-2">
      <td className="pr-3">
        <span className="flex items-center gap-2">
          <ClassMark position={one.position} size={11} />
          <span>
            <strong className="font-medium">{name?.name ?? one.label}</strong> <span className="text-label text-ink-3">{name?.rest}</span>
          </span>
        </span>
      </td>
      <td className="text-right whitespace-nowrap">
        {one.originalMs ? (
          <>
            {sayLatency(one.originalMs.value, one.originalMs).split(' ')[0]}{' '}
            <span className="text-label text-ink-3">
              {sayLatencyMargin(one.originalMs)} {sayLatency(one.originalMs.value).split(' ')[1]}
            </span>
          </>
        ) : (
          '–'
        )}
      </td>
      <td className="pr-8 pl-4 text-right whitespace-nowrap">
        {one.limitMs === undefined ? 'none' : `≤ ${sayLatency(one.limitMs).replace(/\.0+ /, ' ')}`}
      </td>
      <td>
        <span className="flex items-center gap-2">
          <Icon name={said.icon} size={14} className={`shrink-0 ${said.tone}`} />
          <span>
            {said.word} <span className="ml-1 text-label text-ink-3">{one.why}</span>
          </span>
        </span>
      </td>
    </tr>
  );
}

function Telling({ estimate, drop }: Pick<EstimateProps, 'estimate' | 'drop'>) {
  const { tellsPoints, images } = estimate;
  const enough = drop === undefined ? undefined : tellsPoints <= drop;
  return (
    <p className="mt-2 flex items-start gap-2 text-label text-ink-2">
      <Icon name="eye" size={14} className={`mt-px shrink-0 ${enough === false ? 'text-warn' : 'text-ink-3'}`} />
      <span>
        {sayCount(images)} images tell losses of about {sayFixed(tellsPoints, 1)} points or more apart.
        {enough === true && ` That is enough for a limit of ${sayFixed(drop ?? 0, 1)}.`}
        {enough === false && ' That is coarser than the limit: the answer may stay unclear. Bring more images, or allow more.'}
      </span>
    </p>
  );
}

function Takes({ estimate, busiest }: { readonly estimate: SweepEstimate; readonly busiest: string }) {
  const { candidates, recipes, time, deviceMs, bytesPerDevice, classes } = estimate;
  const devices = classes.reduce((sum, one) => sum + one.devices, 0);
  return (
    <section aria-labelledby="takes" className="mt-5 border-t border-line pt-5">
      <h2 id="takes" className="text-section">
        What it takes
      </h2>
      <dl className="mt-2 grid grid-cols-4 gap-4 max-sm:grid-cols-2">
        <Fact value={sayCount(candidates)} what={candidates === 1 ? 'candidate' : 'candidates'}>
          {recipes === undefined ? 'of more than 20,000 recipes' : `of ${sayCount(recipes)} ${recipes === 1 ? 'recipe' : 'recipes'}`}
        </Fact>
        <Fact
          value={time ? sayDuration(time.value) : 'Not known yet'}
          what={time ? `${sayDuration(time.low)} to ${sayDuration(time.high)}` : 'until the original is measured'}
        >
          {sayCount(devices)} {devices === 1 ? 'device' : 'devices'} at work
        </Fact>
        <Fact value={deviceMs === undefined ? '–' : sayDuration(deviceMs)} what="of any one device">
          {deviceMs === undefined ? '' : `most on ${busiest}`}
        </Fact>
        <Fact value={sayBytes(bytesPerDevice)} what="to each device">
          images once, equal tensors once
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ value, what, children }: { readonly value: string; readonly what: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="sr-only">{what}</dt>
      <dd className="text-title font-semibold">{value}</dd>
      <dd>{what}</dd>
      <dd className="text-label text-ink-3">{children}</dd>
    </div>
  );
}
