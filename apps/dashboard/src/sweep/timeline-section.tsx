'use client';
import { sayClock, sayCount, sayDuration, sayFixed } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { useFollowing } from '../client/use-following.ts';
import type { DeviceView, SweepOverview, TimelineView } from '../client/views.ts';
import { deviceState } from '../fleet/device-state.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { colourVariableOf } from '../frame/class-shapes.ts';
import { StateMark } from '../frame/icon.tsx';
import { ChartTwin } from './chart-twin.tsx';
import { type Selection, useHovered } from './selection.ts';
import { isOver } from './sweep-state.ts';

interface TimelineProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
}

type Lane = TimelineView['lanes'][number];
type Span = Lane['spans'][number];

const PAGE = 40;
/** Below this the clock says seconds since the start, ms. */
const A_FEW_MINUTES = 300_000;

/** Who measured what, and when; what each device does now. */
export function TimelineSection({ view, names, selection }: TimelineProps) {
  const [offset, setOffset] = useState(0);
  const over = isOver(view.state);
  const asked = useQuery(
    asks.sweeps.timeline.queryOptions({ id: view.id, offset }, { staleTime: 5_000, placeholderData: (before) => before }),
  );
  useFollowing([asked], view.revision, 1_500);
  const devices = useQuery(asks.devices.list.queryOptions(undefined, { refetchInterval: over ? false : 2_000, enabled: !over })).data ?? [];
  const timeline = asked.data;
  if (!timeline || timeline.total === 0) return null;
  const now = new Map(devices.map((device) => [String(device.id), device]));
  const measuring = timeline.lanes.filter((lane) => lane.spans.some((span) => span.state === 'measuring')).length;
  return (
    <section aria-labelledby="devices" className="border-b border-line px-6 py-4 max-sm:order-1 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h2 id="devices" className="text-section">
          Devices
        </h2>
        <p className="text-label text-ink-2">
          {over ? `${sayCount(timeline.total)} took part` : `${sayCount(measuring)} of ${sayCount(timeline.total)} measuring`}
          {timeline.total <= PAGE && `; at most ${sayDuration(busiest(timeline))} of any one used`}
        </p>
        <p className="ml-auto flex gap-4 text-label text-ink-2 max-sm:hidden">
          <span className="flex items-center gap-1.5">
            <svg aria-hidden="true" width="10" height="10" viewBox="0 0 10 10">
              <path d="M2 2l6 6M8 2 2 8" stroke="var(--bad)" strokeWidth="1.8" />
            </svg>
            attempt failed, job given to another
          </span>
        </p>
      </div>
      {timeline.busy.length > 0 && <Busy timeline={timeline} view={view} names={names} />}
      <Lanes timeline={timeline} view={view} selection={selection} now={over ? undefined : now} />
      {timeline.total > PAGE && <Pager total={timeline.total} offset={offset} setOffset={setOffset} />}
      <ChartTwin name="the devices" head={['Device', 'Candidate', 'From', 'To', 'What came of it']}>
        {timeline.lanes.flatMap((lane) =>
          lane.spans.slice(-40).map((span) => (
            <tr key={`${lane.device}${span.from}`}>
              <td>{lane.name}</td>
              <td className="font-mono">{span.candidate}</td>
              <td>{sayClock(span.from)}</td>
              <td>{span.to === undefined ? '–' : sayClock(span.to)}</td>
              <td>{span.state}</td>
            </tr>
          )),
        )}
      </ChartTwin>
    </section>
  );
}

function Pager({
  total,
  offset,
  setOffset,
}: {
  readonly total: number;
  readonly offset: number;
  readonly setOffset: (offset: number) => void;
}) {
  const button = 'min-h-6 font-medium text-accent disabled:text-ink-3';
  return (
    <div className="mt-2 flex items-center gap-3 text-label">
      <button type="button" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))} className={button}>
        Previous
      </button>
      <span className="text-ink-2">
        {sayCount(offset + 1)} to {sayCount(Math.min(total, offset + PAGE))} of {sayCount(total)} devices
      </span>
      <button type="button" disabled={offset + PAGE >= total} onClick={() => setOffset(offset + PAGE)} className={button}>
        Next
      </button>
    </div>
  );
}

function busiest({ lanes, to }: TimelineView): number {
  const used = lanes.map((lane) => lane.spans.reduce((sum, span) => sum + (span.to ?? to) - span.from, 0));
  return Math.max(0, ...used);
}

interface LanesProps {
  readonly timeline: TimelineView;
  readonly view: SweepOverview;
  readonly selection: Selection;
  readonly now: ReadonlyMap<string, DeviceView> | undefined;
}

function Lanes({ timeline, view, selection, now }: LanesProps) {
  const position = (classId: string) => view.classes.find((one) => one.id === classId)?.position ?? 0;
  const hovered = useHovered(selection.hover);
  return (
    <div
      className={`mt-2 grid gap-x-3 ${now ? 'grid-cols-[118px_minmax(0,1fr)_190px] max-lg:grid-cols-[118px_minmax(0,1fr)]' : 'grid-cols-[118px_minmax(0,1fr)]'} max-sm:grid-cols-[92px_minmax(0,1fr)]`}
    >
      {timeline.lanes.map((lane) => (
        <div key={lane.device} className="contents">
          <span className="flex h-[19px] items-center gap-2 truncate">
            <ClassMark position={position(lane.classId)} size={9} />
            <span className="truncate text-label">{lane.name}</span>
          </span>
          <LaneSpans lane={lane} timeline={timeline} position={position(lane.classId)} selection={selection} hovered={hovered} />
          {now && <Now device={now.get(lane.device)} />}
        </div>
      ))}
      <span />
      <Clock from={timeline.from} to={timeline.to} live={now !== undefined} />
      {now && <span className="max-lg:hidden" />}
    </div>
  );
}

interface SpansProps {
  readonly lane: Lane;
  readonly timeline: TimelineView;
  readonly position: number;
  readonly selection: Selection;
  readonly hovered: string | undefined;
}

function LaneSpans({ lane, timeline: { from, to }, position, selection, hovered }: SpansProps) {
  const share = (at: number) => Math.max(0, Math.min(100, (100 * (at - from)) / Math.max(1, to - from)));
  const colour = `var(${colourVariableOf(position)})`;
  return (
    <div className="relative h-[19px]">
      {lane.spans.map((span) => {
        const [left, width] = [share(span.from), share(span.to ?? to) - share(span.from)];
        const chosen = span.candidate === selection.selected;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the table of candidates has the same for the keyboard.
          // biome-ignore lint/a11y/useKeyWithClickEvents: likewise.
          <span
            key={`${span.candidate}${span.from}`}
            title={sayspan(span)}
            onClick={() => selection.select(chosen ? undefined : span.candidate)}
            onPointerEnter={() => selection.hover.set(span.candidate)}
            onPointerLeave={() => selection.hover.set(undefined)}
            style={{
              left: `${left}%`,
              width: `max(3px, calc(${width}% - 1px))`,
              background: `color-mix(in srgb, ${colour} ${span.state === 'measuring' ? 34 : 17}%, var(--surface))`,
              borderLeft: `2px solid ${colour}`,
            }}
            className={`absolute top-[2px] h-[15px] cursor-pointer overflow-hidden pl-1 font-mono text-[10px] leading-[15px] text-ink ${chosen ? 'z-[2] outline-2 outline-ink' : span.candidate === hovered ? 'z-[1] outline-1 outline-ink' : ''}`}
          >
            {width > 2.6 ? span.candidate : ''}
            {span.state === 'failed' && <Failed />}
          </span>
        );
      })}
    </div>
  );
}

function Failed() {
  return (
    <svg aria-hidden="true" width="9" height="9" viewBox="0 0 10 10" className="absolute top-[3px] right-0">
      <path d="M2 2l6 6M8 2 2 8" stroke="var(--bad)" strokeWidth="2" />
    </svg>
  );
}

function sayspan({ candidate, from, to, state }: Span): string {
  return `${candidate}, ${sayClock(from)}${to === undefined ? '' : ` to ${sayClock(to)}, ${sayDuration(to - from)}`}: ${state}`;
}

function Now({ device }: { readonly device: DeviceView | undefined }) {
  if (!device) return <span className="max-lg:hidden" />;
  const state = deviceState(device);
  return (
    <span className={`flex h-[19px] min-w-0 items-center gap-1.5 text-label max-lg:hidden ${state.tone}`}>
      <StateMark kind={state.mark} />
      <span className="truncate">
        {state.word} {state.candidate && <span className="font-mono text-ink">{state.candidate}</span>}{' '}
        <span className="text-ink-3">{state.detail}</span>
      </span>
    </span>
  );
}

function Clock({ from, to, live }: { readonly from: number; readonly to: number; readonly live: boolean }) {
  const ticks = [0.02, 0.25, 0.5, 0.75];
  return (
    <div className="relative h-5 text-axis text-ink-3">
      {ticks.map((share) => (
        <span
          key={share}
          className="absolute top-1 -translate-x-1/2 max-sm:nth-2:hidden max-sm:nth-4:hidden"
          style={{ left: `${share * 100}%` }}
        >
          {to - from < A_FEW_MINUTES ? `${sayFixed((share * (to - from)) / 1_000, 0)} s` : sayClock(from + share * (to - from))}
        </span>
      ))}
      <span className="absolute top-1 right-0 text-ink">
        {live && 'now '}
        {sayClock(to)}
      </span>
    </div>
  );
}

// Too many devices for lanes: how much of each class was at work.
function Busy({
  timeline,
  view,
  names,
}: {
  readonly timeline: TimelineView;
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
}) {
  return (
    <div className="mt-2 mb-3 grid grid-cols-[178px_minmax(0,1fr)] items-end gap-x-3 gap-y-1 max-sm:grid-cols-[110px_minmax(0,1fr)]">
      {timeline.busy.map(({ classId, devices, shares }) => {
        const position = view.classes.find((one) => one.id === classId)?.position ?? 0;
        const mean = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
        const d = shares.map((share, at) => `L${at} ${24 - share * 22}L${at + 1} ${24 - share * 22}`).join('');
        return (
          <div key={classId} className="contents">
            <span className="flex items-center gap-2 truncate text-label">
              <ClassMark position={position} size={9} />
              <span className="truncate">
                {nameOf(names, classId)} <span className="text-ink-3">{sayCount(devices)}</span>
              </span>
            </span>
            <svg
              role="img"
              aria-label={`${nameOf(names, classId)}: ${sayCount(devices)} devices, ${Math.round(100 * mean)} % of their time measuring`}
              viewBox={`0 0 ${shares.length} 24`}
              preserveAspectRatio="none"
              className="h-6 w-full"
            >
              <path d={`M0 24${d}L${shares.length} 24z`} fill={`var(${colourVariableOf(position)})`} fillOpacity="0.35" />
              <path d={`M0 24H${shares.length}`} stroke="var(--line-2)" vectorEffect="non-scaling-stroke" />
            </svg>
          </div>
        );
      })}
    </div>
  );
}
