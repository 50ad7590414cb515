'use client';
import type { RowOrder } from '@fleetfit/sweep';
import {
  latencyUnit,
  MISSING,
  sayBytes,
  sayLatencyMargin,
  sayLatencyValue,
  sayPercent,
  sayPoints,
  sayPointsInterval,
  saySpeed,
} from '@fleetfit/sweep/say-numbers';
import type { MouseEvent, ReactNode, RefObject } from 'react';
import type { CandidateOnClass, CandidateRow, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { onClass, worstChange } from './candidate-rows.ts';
import { verdictOf } from './candidate-verdict.ts';
import { type Selection, useIsHovered } from './selection.ts';
import type { Rows } from './use-rows.ts';
import { VerdictWords } from './verdict-words.tsx';

export interface CandidatesProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
  readonly rows: Rows;
  readonly total: number;
  /** Places of the rows to draw. */
  readonly seen: { readonly first: number; readonly last: number };
  readonly order: RowOrder;
  readonly setOrder: (order: RowOrder) => void;
  /** Where the rows begin, so that it is known which are in view. */
  readonly body: RefObject<HTMLDivElement | null>;
}

/** Height of every row, px: places are reckoned with it, however many rows there are. */
export const ROW_HEIGHT = 53;

/** The candidates as a table, on screens that have room for one. Only the rows in view are there. */
export function CandidatesTable(props: CandidatesProps) {
  const { rows, total, seen, body } = props;
  const last = Math.min(total - 1, seen.last);
  const places = Array.from({ length: Math.max(0, last - seen.first + 1) }, (_, at) => seen.first + at);
  return (
    <div className="relative overflow-x-auto max-sm:hidden">
      <div ref={body} aria-hidden="true" className="absolute top-[34px]" />
      <table aria-rowcount={total + 1} className="w-full border-collapse text-left">
        <Head {...props} />
        <Space rows={seen.first} />
        <tbody>
          {places.map((place) => {
            const row = rows.at(place);
            return row ? (
              <Row key={row.id} candidate={row} place={place} {...props} />
            ) : (
              <Empty key={place} columns={props.view.classes.length + 5} />
            );
          })}
        </tbody>
        <Space rows={total - 1 - last} />
      </table>
    </div>
  );
}

function Space({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return <tbody aria-hidden="true" style={{ height: rows * ROW_HEIGHT }} className="block"></tbody>;
}

function Empty({ columns }: { readonly columns: number }) {
  return (
    <tr className="border-b border-line" style={{ height: ROW_HEIGHT }}>
      <td colSpan={columns}>
        <span className="block h-3 w-2/3 rounded-pill bg-sunken" />
      </td>
    </tr>
  );
}

function Head(props: CandidatesProps) {
  const { view, names } = props;
  return (
    <thead>
      <tr className="border-b border-line text-label text-ink-3 [&>th]:py-1.5 [&>th]:pr-3 [&>th]:align-bottom [&>th]:font-medium">
        <Sortable {...props} by="candidate" className="pl-2">
          Candidate
        </Sortable>
        <th>Recipe</th>
        {view.classes.map((one) => (
          <Sortable key={one.id} {...props} by={{ latencyOn: one.id }} className="text-right">
            <ClassMark position={one.position} size={10} />
            <span className="max-w-40 text-balance">{nameOf(names, one.id)}</span>
          </Sortable>
        ))}
        <Sortable {...props} by="change" className="text-right">
          Top-1 change, pt
        </Sortable>
        <Sortable {...props} by="size" className="text-right">
          Size
        </Sortable>
        <th className="w-[190px]">Verdict</th>
      </tr>
    </thead>
  );
}

function Sortable({
  order,
  setOrder,
  by,
  className,
  children,
}: CandidatesProps & { readonly by: RowOrder['by']; readonly className: string; readonly children: ReactNode }) {
  const active = JSON.stringify(order.by) === JSON.stringify(by);
  return (
    <th className={className} aria-sort={active ? (order.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        onClick={() => setOrder({ by, descending: active && !order.descending })}
        className={`inline-flex items-center gap-1.5 text-inherit hover:text-ink ${active ? 'text-ink' : ''}`}
      >
        {children}
        <Icon name={active && order.descending ? 'down' : 'up'} size={10} className={active ? 'text-ink' : 'invisible'} />
      </button>
    </th>
  );
}

function Row({ candidate, place, view, names, selection }: CandidatesProps & { readonly candidate: CandidateRow; readonly place: number }) {
  const selected = selection.selected === candidate.id;
  const hovered = useIsHovered(selection.hover, candidate.id);
  const [main, rest] = splitSentence(candidate.sentence);
  return (
    <tr
      id={`row-${candidate.id}`}
      aria-rowindex={place + 2}
      style={{ height: ROW_HEIGHT }}
      aria-selected={selected}
      onClick={(event) => (event.shiftKey ? selection.compare(candidate.id) : selection.select(selected ? undefined : candidate.id))}
      onDoubleClick={() => selection.openIt(candidate.id)}
      onPointerEnter={() => selection.hover.set(candidate.id)}
      onPointerLeave={() => selection.hover.set(undefined)}
      className={`cursor-default border-b border-line [&>td]:py-0 [&>td]:pr-3 ${selected ? 'bg-accent-weak' : hovered ? 'bg-canvas' : ''}`}
    >
      <td className="pl-2 align-middle">
        <OpenButton id={candidate.id} selection={selection} />
      </td>
      <td className="max-w-[340px] align-middle">
        <p className="truncate" title={candidate.sentence}>
          {main}
        </p>
        {rest && <p className="truncate text-label text-ink-3">{rest}</p>}
      </td>
      {view.classes.map((one) => (
        <td key={one.id} className="text-right align-middle whitespace-nowrap">
          <OnClass on={onClass(candidate, one.id)} candidate={candidate} best={one.best?.candidate === candidate.id} />
        </td>
      ))}
      <td className="text-right align-middle whitespace-nowrap">
        <ChangeOf candidate={candidate} />
      </td>
      <td className="text-right align-middle whitespace-nowrap">
        <Size bytes={candidate.bytes} />
      </td>
      <td className="align-middle">
        <VerdictWords verdict={verdictOf(candidate, view, names)} />
      </td>
    </tr>
  );
}

function OpenButton({ id, selection }: { readonly id: string; readonly selection: Selection }) {
  const open = (event: MouseEvent) => {
    // The row under it would take the click as "select".
    event.stopPropagation();
    selection.openIt(id);
  };
  return (
    <button type="button" onClick={open} title="Open" className="font-mono text-label font-semibold hover:underline">
      {id}
    </button>
  );
}

function OnClass({
  on,
  candidate,
  best,
}: {
  readonly on: CandidateOnClass | undefined;
  readonly candidate: CandidateRow;
  readonly best: boolean;
}) {
  if (on?.state === 'failed')
    return (
      <span className="font-medium text-bad" title={on.why}>
        failed
      </span>
    );
  const latency = on?.latencyMs;
  if (!on || !latency) return <span className="text-ink-3">{on?.state === 'measuring' ? 'measuring' : MISSING}</span>;
  return (
    <>
      <p>
        <span className={best ? 'font-semibold' : ''}>{sayLatencyValue(latency.value, latency)}</span>{' '}
        <span className="text-label text-ink-3">
          {sayLatencyMargin(latency)} {latencyUnit(latency.value)}
        </span>
      </p>
      <p className={`text-label ${on.verdict === 'slower' ? 'font-medium text-warn' : 'text-ink-3'}`}>
        {candidate.isOriginal ? 'original' : on.speed && on.verdict ? saySpeed(on.speed, on.verdict) : MISSING}
        {on.state === 'measuring' && ' · so far'}
      </p>
    </>
  );
}

function ChangeOf({ candidate }: { readonly candidate: CandidateRow }) {
  if (candidate.isOriginal) {
    const accuracy = candidate.classes.find((one) => one.accuracy)?.accuracy;
    return (
      <>
        <p>0.0</p>
        {accuracy && <p className="text-label text-ink-3">{sayPercent(accuracy.value)} top-1</p>}
      </>
    );
  }
  const change = worstChange(candidate);
  if (!change) return <span className="text-ink-3">{MISSING}</span>;
  return (
    <>
      <p>{sayPoints(change.value)}</p>
      <p className="text-label text-ink-3">{sayPointsInterval(change)}</p>
    </>
  );
}

function Size({ bytes }: { readonly bytes: number | undefined }) {
  if (bytes === undefined) return <span className="text-ink-3">{MISSING}</span>;
  const [value, unit] = sayBytes(bytes).split(' ');
  return (
    <>
      {value} <span className="text-label text-ink-3">{unit}</span>
    </>
  );
}

// The first part of a recipe's sentence stands over the rest.
function splitSentence(sentence: string): readonly [string, string] {
  const at = sentence.search(/[;.] |, then /);
  return at < 0 ? [sentence, ''] : [sentence.slice(0, at), sentence.slice(at + 2)];
}
