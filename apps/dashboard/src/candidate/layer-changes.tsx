'use client';
import { sayBytes, sayCount, sayPercent, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import { useMemo, useState } from 'react';
import type { CandidateDetail } from '../client/views.ts';
import { Icon } from '../frame/icon.tsx';
import { TextureKey } from '../frame/texture-key.tsx';
import { type LayerLine, layerLines, sayChanges } from './layer-lines.ts';
import { slowedBy } from './slowed-by.ts';

type What = 'bytes' | 'macs';

const HEIGHT = 220;

/** What became of every layer: bits, what was pruned or taken apart or refused, and its cost before and after, all on one axis. */
export function LayerChanges({ detail }: { readonly detail: CandidateDetail }) {
  const [what, setWhat] = useState<What>('bytes');
  const [at, setAt] = useState<number | undefined>(undefined);
  const lines = useMemo(
    () =>
      layerLines(
        detail.layers,
        detail.steps.flatMap((step) => step.history),
      ),
    [detail],
  );
  const pointed = at === undefined ? undefined : lines[at];
  if (lines.length === 0) return <div />;
  return (
    <section aria-labelledby="layers" className="min-w-0 px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 id="layers" className="text-section">
          Layers
        </h2>
        <div role="group" aria-label="Cost" className="flex overflow-hidden rounded-control border border-line-2">
          {(['bytes', 'macs'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === what}
              onClick={() => setWhat(each)}
              className={`h-7 px-3 text-label not-first:border-l not-first:border-line-2 pointer-coarse:h-11 ${each === what ? 'bg-line font-semibold' : 'hover:bg-sunken'}`}
            >
              {each === 'bytes' ? 'Stored bytes' : 'MACs'}
            </button>
          ))}
        </div>
        <p className="ml-auto flex items-center gap-3 text-label text-ink-2">
          <TextureKey texture="bg-original" words={`Original ${sayTotal(lines, what, 'original')}`} />
          <TextureKey texture="bg-accent" words={`${detail.candidate.id} ${sayTotal(lines, what, 'now')}`} />
        </p>
      </div>
      <figure className="mt-3">
        <div aria-hidden="true" className="flex text-axis text-ink-3">
          <div className="w-20 shrink-0 pr-2 text-right max-sm:w-14">
            <p className="h-6 leading-6">Bits</p>
            <p className="h-9 pt-4">Pruned</p>
            <p className="h-5">Left alone</p>
            <p className="mt-2">{sayCost(mostOf(lines, what), what)}</p>
          </div>
          <div className="flex min-w-0 flex-1" onPointerLeave={() => setAt(undefined)}>
            {lines.map((line, place) => (
              <Column
                key={line.id}
                line={line}
                what={what}
                most={mostOf(lines, what)}
                few={lines.length <= 64}
                pointed={place === at}
                onPoint={() => setAt(place)}
              />
            ))}
          </div>
        </div>
        <p aria-hidden="true" className="mt-1 text-center text-axis text-ink-3">
          Layers in order
        </p>
        <figcaption className="mt-1 min-h-10 text-label text-ink-2">{pointed ? <Facts line={pointed} /> : sayChanges(lines)}</figcaption>
      </figure>
      <LayerTable lines={lines} />
      <SlowedBy sentences={slowedBy(detail.conditions)} />
    </section>
  );
}

/** What the runtime's own version of the graph shows that may hold it up. */
function SlowedBy({ sentences }: { readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <ul aria-label="What may hold it up" className="mt-2 flex flex-col gap-1">
      {sentences.map((sentence) => (
        <li key={sentence} className="flex items-start gap-2 rounded-control bg-warn-weak px-3 py-2">
          <Icon name="warning" className="mt-0.5 shrink-0 text-warn" />
          <span className="min-w-0 break-words">{sentence}</span>
        </li>
      ))}
    </ul>
  );
}

interface ColumnProps {
  readonly line: LayerLine;
  readonly what: What;
  readonly most: number;
  /** Whether there is room for digits. */
  readonly few: boolean;
  readonly pointed: boolean;
  readonly onPoint: () => void;
}

function Column({ line, what, most, few, pointed, onPoint }: ColumnProps) {
  const { original, now } = line[what];
  const height = (cost: number | undefined) => ({ height: `${((cost ?? 0) / most) * 100}%`, minHeight: cost ? 1 : 0 });
  const kept = line.bits === 32 || line.bits === undefined;
  return (
    <div onPointerEnter={onPoint} className={`min-w-0 flex-1 px-[0.5px] ${pointed ? 'bg-accent-weak' : ''}`}>
      <div
        className={`flex h-6 items-center justify-center overflow-hidden rounded-[2px] ${kept ? 'border border-line-2 text-ink-2' : 'bg-line font-medium text-ink'}`}
      >
        {few && line.bits}
      </div>
      <div className="flex h-9 flex-col items-center justify-end">
        {line.pruned > 0 && few && <span className="leading-3">{Math.round(100 * line.pruned)}</span>}
        <div className="w-full bg-ink-2" style={{ height: Math.max(1, 22 * line.pruned), opacity: line.pruned > 0 ? 1 : 0.25 }} />
      </div>
      <div className="flex h-5 items-center justify-center text-bad">
        {line.refusals.length > 0 ? (
          <Icon name="refused" size={few ? 11 : 8} />
        ) : (
          <span className={line.parts > 1 ? 'text-ink' : 'text-line-2'}>{line.parts > 1 ? line.parts : '·'}</span>
        )}
      </div>
      <div className="mt-2 flex items-end justify-center gap-px border-b border-line-2" style={{ height: HEIGHT }}>
        <div className="w-1/2 max-w-2 bg-original" style={height(original)} />
        <div className="w-1/2 max-w-2 bg-accent" style={height(now)} />
      </div>
    </div>
  );
}

function Facts({ line }: { readonly line: LayerLine }) {
  const said = [
    line.bits === undefined ? 'folded away' : `${line.bits} bits`,
    line.pruned > 0 ? `${sayPercent(line.pruned, 0)} pruned` : '',
    line.parts > 1 ? `taken apart into ${line.parts}` : '',
  ].filter((part) => part !== '');
  return (
    <>
      <span className="font-mono text-ink">{line.id}</span> {line.op}: {sayBytes(line.bytes.original)} →{' '}
      {line.bytes.now === undefined ? '–' : sayBytes(line.bytes.now)}
      {line.macs.original !== undefined &&
        `, ${sayCost(line.macs.original, 'macs')} → ${line.macs.now === undefined ? '–' : sayCost(line.macs.now, 'macs')} MACs`}
      ; {said.join('; ')}.{line.refusals.map((why) => ` Left alone: ${why}.`)}
    </>
  );
}

/** The same in words and numbers. */
function LayerTable({ lines }: { readonly lines: readonly LayerLine[] }) {
  return (
    <details className="text-label">
      <summary className="min-h-6 w-fit font-medium text-accent">As a table</summary>
      <div className="mt-1 max-h-96 overflow-auto">
        <table className="w-full border-collapse text-left">
          <thead className="sticky top-0 bg-surface text-ink-3">
            <tr className="border-b border-line [&>th]:py-1 [&>th]:pr-3 [&>th]:font-medium">
              <th>Layer</th>
              <th>Operator</th>
              <th className="text-right">Bits</th>
              <th className="text-right">Pruned</th>
              <th className="text-right">Bytes</th>
              <th className="text-right">MACs</th>
              <th>Left alone because</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.id} className="border-b border-line [&>td]:py-1 [&>td]:pr-3">
                <td className="max-w-48 truncate font-mono">{line.id}</td>
                <td>{line.op}</td>
                <td className="text-right">{line.bits ?? '–'}</td>
                <td className="text-right">{line.pruned > 0 ? sayPercent(line.pruned, 0) : '–'}</td>
                <td className="text-right whitespace-nowrap">
                  {sayBytes(line.bytes.original)} → {line.bytes.now === undefined ? '–' : sayBytes(line.bytes.now)}
                </td>
                <td className="text-right whitespace-nowrap">
                  {line.macs.original === undefined ? '–' : sayCost(line.macs.original, 'macs')} →{' '}
                  {line.macs.now === undefined ? '–' : sayCost(line.macs.now, 'macs')}
                </td>
                <td className="text-ink-2">{line.refusals.join('; ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function mostOf(lines: readonly LayerLine[], what: What): number {
  return Math.max(1, ...lines.flatMap((line) => [line[what].original ?? 0, line[what].now ?? 0]));
}

function sayTotal(lines: readonly LayerLine[], what: What, when: 'original' | 'now'): string {
  return sayCost(
    lines.reduce((sum, line) => sum + (line[what][when] ?? 0), 0),
    what,
  );
}

function sayCost(cost: number, what: What): string {
  if (what === 'bytes') return sayBytes(cost);
  return cost >= 1e6 ? `${sayThreeDigits(cost / 1e6)} M` : sayCount(cost);
}
