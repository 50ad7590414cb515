'use client';
import { proportionInterval } from '@fleetfit/stats';
import { sayClock, sayCount, sayDuration, sayPercent, sayPercentInterval, sayPoints, sayPointsInterval } from '@fleetfit/sweep/say-numbers';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { FindingView, ModelView } from '../client/views.ts';
import { Icon } from '../frame/icon.tsx';
import { differenceOf, type FindingColumns, findingColumns } from './finding-columns.ts';
import { type Axis, AxisLabels, Whisker } from './whisker.tsx';

interface Row {
  readonly finding: FindingView;
  readonly at: number;
  readonly columns: FindingColumns;
  readonly interval: { readonly low: number; readonly high: number };
  /** `best`, one that the images cannot tell from it, or surely worse. */
  readonly standing: 'best' | 'close' | 'worse';
}

/** Rows that are shown before one asks for all. */
const FEW = 8;

/** What the intake doctor tried, best first: each way to prepare an image with the accuracy it gave, on one axis; another one may be taken. */
export function IntakeDoctor({ model, onChanged }: { readonly model: ModelView; readonly onChanged: () => void }) {
  const [all, setAll] = useState(false);
  const rows = rowsOf(model.findings);
  const [best] = rows;
  if (!best) return null;
  const shown = all ? rows : rows.slice(0, FEW);
  const axis = axisOf(rows);
  const { examined } = model;
  return (
    <section aria-labelledby="doctor" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h3 id="doctor" className="text-section">
          Intake doctor
        </h3>
        <p className="text-label text-ink-2">
          {sayCount(rows.length)} {rows.length === 1 ? 'way' : 'ways'} to prepare an image, each tried on labelled images until it was clear
        </p>
        {examined && (
          <p className="ml-auto text-label text-ink-3">
            on {examined.dataset} at {sayClock(examined.at)}
            {examined.tookMs > 0 && `, ${sayDuration(examined.tookMs)}`}
          </p>
        )}
      </div>
      <div className="overflow-x-auto">
        <table className="mt-1 w-full border-collapse text-left">
          <thead>
            <tr className="border-b border-line text-label text-ink-3 [&>th]:py-1.5 [&>th]:pr-3 [&>th]:align-bottom [&>th]:font-medium">
              <th className="pl-7 max-lg:hidden">Layout</th>
              <th className="max-lg:hidden">Channels</th>
              <th className="max-lg:pl-7">Scaling</th>
              <th className="max-sm:hidden">Resize</th>
              <th className="text-right max-sm:hidden">Images</th>
              <th aria-hidden="true" className="w-[30%] max-md:hidden">
                <AxisLabels {...axis} />
              </th>
              <th className="text-right">Top-1, 95 % interval</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <FindingRow key={row.finding.what} row={row} best={best} axis={axis} inUse={row.at === model.prepared} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > FEW && (
        <button type="button" onClick={() => setAll(!all)} className="mt-1 min-h-6 text-label font-medium text-accent">
          {all ? 'Fewer' : `${sayCount(rows.length - FEW)} more, further down`}
        </button>
      )}
      <Choices model={model} rows={rows} onChanged={onChanged} />
    </section>
  );
}

function rowsOf(findings: readonly FindingView[]): readonly Row[] {
  return findings.flatMap((finding, at): Row[] => {
    if (finding.images === 0) return [];
    const { low, high, againstBest } = finding;
    const interval =
      low !== undefined && high !== undefined
        ? { low, high }
        : proportionInterval(Math.round(finding.accuracy * finding.images), finding.images);
    const close = againstBest !== undefined && againstBest.high >= 0 && finding.images === findings[0]?.images;
    return [{ finding, at, columns: findingColumns(finding), interval, standing: at === 0 ? 'best' : close ? 'close' : 'worse' }];
  });
}

function FindingRow({ row, best, axis, inUse }: { readonly row: Row; readonly best: Row; readonly axis: Axis; readonly inUse: boolean }) {
  const { finding, columns, interval, standing } = row;
  const isBest = standing === 'best';
  const cell = (key: keyof FindingColumns): string =>
    isBest ? 'font-medium' : columns[key] === best.columns[key] ? 'text-ink-3' : 'font-semibold';
  const mark = <Icon name={isBest ? 'star' : 'warning'} size={14} className={`shrink-0 ${TONES[standing]}`} />;
  return (
    <tr className={`border-b border-line [&>td]:py-1.5 [&>td]:pr-3 ${inUse ? 'bg-accent-weak' : ''}`}>
      <td className="pl-1 max-lg:hidden">
        <span className="flex items-center gap-2">
          {mark}
          <span className={cell('layout')}>{columns.layout}</span>
        </span>
      </td>
      <td className={`max-lg:hidden ${cell('channels')}`}>{columns.channels}</td>
      <td className="max-lg:pl-1">
        <span className="flex items-start gap-2">
          <span className="pt-0.5 lg:hidden">{mark}</span>
          <span>
            <span className={cell('scaling')}>{columns.scaling}</span>
            <span className="lg:hidden">
              {', '}
              <span className={cell('channels')}>{columns.channels}</span>
            </span>
            <span className={`block text-label sm:hidden ${cell('resize')}`}>{columns.resize}</span>
            {inUse && !isBest && <span className="block text-label text-accent">in use</span>}
          </span>
        </span>
      </td>
      <td className={`max-sm:hidden ${cell('resize')}`}>{columns.resize}</td>
      <td className="text-right text-ink-2 max-sm:hidden">{sayCount(finding.images)}</td>
      <td aria-hidden="true" className="max-md:hidden">
        <Whisker {...axis} value={finding.accuracy} interval={interval} best={isBest} />
      </td>
      <td className="text-right whitespace-nowrap">
        <strong>{sayPercent(finding.accuracy)}</strong> <span className="text-label text-ink-3">{sayPercentInterval(interval)}</span>
      </td>
    </tr>
  );
}

const TONES: Readonly<Record<Row['standing'], string>> = { best: 'text-accent', close: 'text-warn', worse: 'invisible' };

/** The close ones, each with its difference and a way to take it instead; and the way back. */
function Choices({ model, rows, onChanged }: { readonly model: ModelView; readonly rows: readonly Row[]; readonly onChanged: () => void }) {
  const prepare = useMutation(asks.models.prepareAs.mutationOptions({ onSuccess: onChanged }));
  const [best] = rows;
  const used = rows.find((row) => row.at === model.prepared);
  const close = rows.filter((row) => row.standing === 'close' && row !== used).slice(0, 3);
  const choices = used && best && used !== best ? [best, ...close] : close;
  if (!best || choices.length === 0) return null;
  return (
    <div className="mt-3 flex flex-col gap-2">
      {choices.map((row) => (
        <div key={row.finding.what} className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-control bg-warn-weak px-3 py-2">
          <Icon name="warning" className="shrink-0 text-warn" />
          <p className="min-w-0 flex-1 max-sm:basis-[80%]">
            {row === best ? <WayBack used={used} best={best} /> : <Close row={row} best={best} />}
          </p>
          <button
            type="button"
            disabled={prepare.isPending}
            onClick={() => prepare.mutate({ id: model.id, finding: row.at })}
            className="min-h-6 font-medium underline underline-offset-2 disabled:opacity-50 pointer-coarse:min-h-11"
          >
            {row === best ? 'Use the best again' : `Use ${differenceOf(row.columns, best.columns)} instead`}
          </button>
        </div>
      ))}
      {prepare.error && <ErrorNotice error={prepare.error} />}
    </div>
  );
}

function Close({ row, best }: { readonly row: Row; readonly best: Row }) {
  const { againstBest } = row.finding;
  const other = differenceOf(row.columns, best.columns);
  const points = againstBest && { value: -100 * againstBest.value, low: -100 * againstBest.high, high: -100 * againstBest.low };
  const same = points === undefined || sayPoints(points.value) === '0.0';
  const what = differenceOf(best.columns, row.columns);
  const interval = points ? ` (${sayPointsInterval(points)})` : '';
  return (
    <>
      <strong>Two are close.</strong>{' '}
      {same
        ? `${upper(what)} and ${other} are right as often on ${sayCount(row.finding.images)} images${interval}: undecided.`
        : `${upper(what)} gives ${sayPoints(points.value)} points more than ${other}${interval}: undecided.`}{' '}
      Take what was used in training.
    </>
  );
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function WayBack({ used, best }: { readonly used: Row | undefined; readonly best: Row }) {
  return (
    <>
      <strong>Your choice is in use</strong>, not the doctor’s: {used ? differenceOf(used.columns, best.columns) : ''}. New sweeps prepare
      images so.
    </>
  );
}

// The axis starts where the interesting ones are; what lies under it gets a chevron.
function axisOf(rows: readonly Row[]): Axis {
  const low = Math.floor(Math.max(0, (rows[0]?.finding.accuracy ?? 0) - 0.25) * 20) / 20;
  const high = Math.min(1, Math.ceil(Math.max(low + 0.05, ...rows.map((row) => row.interval.high)) * 20) / 20);
  const every = Array.from({ length: Math.round((high - low) * 20) + 1 }, (_, at) => low + at / 20);
  return { low, high, ticks: every.filter((_, at) => every.length <= 7 || at % 2 === 0) };
}
