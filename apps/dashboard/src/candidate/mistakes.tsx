'use client';
import { sayCount, sayPercent, sayPoints } from '@fleetfit/sweep/say-numbers';
import { useState } from 'react';
import type { AnswersView, CandidateDetail, CandidateEvidence } from '../client/views.ts';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { worstLabels } from './worst-labels.ts';

type Names = ReadonlyMap<string, ClassName>;
interface EvidenceProps {
  readonly detail: CandidateDetail;
  readonly names: Names;
}

const FEW = 3;

/** Images that the original has right and the candidate has not, each with what the two say. */
export function Mistakes({ detail, names }: EvidenceProps) {
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const answered = answeredClasses(detail);
  const one = answered.find((each) => each.id === chosen) ?? answered[0];
  const { candidate, dataset } = detail;
  return (
    <section aria-labelledby="mistakes" className="min-w-0 border-line px-6 py-4 max-xl:border-t max-sm:px-4 xl:border-l">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="mistakes" className="text-section">
          Wrong where the original was right
        </h2>
        {one && one.answers.mistakes.length > FEW && (
          <button type="button" onClick={() => setAll(!all)} className="ml-auto min-h-6 text-label font-medium text-accent">
            {all ? 'Fewer' : `All ${sayCount(one.answers.mistakes.length)}`}
          </button>
        )}
      </div>
      {answered.length > 1 && (
        <select
          aria-label="Device class of the answers"
          value={one?.id}
          onChange={(event) => setChosen(event.target.value)}
          className="mt-1 h-8 max-w-full rounded-control border border-line-2 bg-surface px-2 pointer-coarse:h-11"
        >
          {answered.map((each) => (
            <option key={each.id} value={each.id}>
              {nameOf(names, each.id)}
            </option>
          ))}
        </select>
      )}
      {one ? (
        <>
          <p className="mt-1 text-label text-ink-2">{sayAnswers(one.answers, candidate.isOriginal)}</p>
          <ul className={`mt-2 flex flex-col gap-2 ${all ? 'max-h-[560px] overflow-y-auto' : ''}`}>
            {one.answers.mistakes.slice(0, all ? undefined : FEW).map((mistake) => (
              <li key={mistake.n} className="flex gap-3">
                <img
                  src={`/picture/dataset/${dataset.id}/${mistake.n}`}
                  alt={`${labelOf(dataset.labels, mistake.label)}: ${mistake.name}`}
                  title={mistake.name}
                  loading="lazy"
                  className="size-[72px] shrink-0 rounded-pill bg-sunken object-cover"
                />
                <div className="min-w-0 flex-1">
                  <p className="truncate font-semibold">{labelOf(dataset.labels, mistake.label)}</p>
                  <Said who="Original" right what={labelOf(dataset.labels, mistake.original)} />
                  <Said who={candidate.id} what={labelOf(dataset.labels, mistake.candidate)} />
                  {mistake.place !== undefined && mistake.place > 1 && (
                    <p className="text-label text-ink-3">the right one is its {ORDINALS[mistake.place] ?? `${mistake.place}th`} choice</p>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="mt-1 text-ink-2">Answers beside the original’s will be here once both are measured.</p>
      )}
    </section>
  );
}

const ORDINALS: Readonly<Record<number, string>> = { 2: 'second', 3: 'third', 4: 'fourth', 5: 'fifth' };

function Said({ who, what, right = false }: { readonly who: string; readonly what: string; readonly right?: boolean }) {
  return (
    <p className="grid grid-cols-[56px_16px_minmax(0,1fr)] items-center text-label">
      <span className={right ? 'text-ink-3' : 'font-mono text-ink-2'}>{who}</span>
      <Icon name={right ? 'check' : 'close'} size={12} className={right ? 'text-accent' : 'text-bad'} />
      <span className="truncate">{what}</span>
    </p>
  );
}

type Answered = CandidateEvidence & { readonly answers: AnswersView };

function answeredClasses({ classes }: CandidateDetail): readonly Answered[] {
  return classes.flatMap((one) => (one.answers ? [{ ...one, answers: one.answers }] : []));
}

function sayAnswers({ images, lost, won }: AnswersView, isOriginal: boolean): string {
  if (isOriginal) return `This is the original; ${sayCount(images)} images were answered.`;
  if (lost === 0 && won === 0) return `No image changed: the same answers on all ${sayCount(images)}.`;
  const net = won - lost;
  return `${sayCount(lost)} ${lost === 1 ? 'image' : 'images'} got worse, ${sayCount(won)} got better: ${sayCount(Math.abs(net))} of ${sayCount(images)} net, ${sayPoints((100 * net) / images)} pt.`;
}

const labelOf = (labels: readonly string[], label: number): string => labels[label] ?? `label ${label}`;

const ROWS = 20;

/** How many images of each label are right, before and after; what lost most comes first. */
export function LabelAccuracy({ detail, names }: EvidenceProps) {
  const [all, setAll] = useState(false);
  const [one] = answeredClasses(detail);
  if (!one || detail.candidate.isOriginal) return null;
  const labels = worstLabels(one.answers.labels);
  const shown = all ? labels : labels.slice(0, ROWS);
  return (
    <section aria-labelledby="by-label" className="px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="by-label" className="text-section">
          Accuracy by label
        </h2>
        <p className="text-label text-ink-3">on {nameOf(names, one.id)}; what lost most first</p>
      </div>
      <ol className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(320px,1fr))] gap-x-8">
        {shown.map(({ label, images, original, candidate }) => (
          <li key={label} className="grid grid-cols-[minmax(0,1fr)_96px_64px_56px] items-center gap-3 py-0.5 text-label">
            <span className="truncate">{labelOf(detail.dataset.labels, label)}</span>
            <span aria-hidden="true" className="relative h-2 bg-sunken">
              <span className="absolute inset-y-0 left-0 bg-original" style={{ width: `${(original / images) * 100}%` }} />
              <span className="absolute inset-y-[2px] left-0 bg-accent" style={{ width: `${(candidate / images) * 100}%` }} />
            </span>
            <span className="text-right">
              {sayPercent(candidate / images, 0)} <span className="text-ink-3">of {sayCount(images)}</span>
            </span>
            <span className={`text-right ${candidate < original ? 'text-bad' : 'text-ink-2'}`}>
              {candidate === original ? 'same' : `${candidate > original ? '+' : '−'}${sayCount(Math.abs(candidate - original))}`}
            </span>
          </li>
        ))}
      </ol>
      {labels.length > ROWS && (
        <button type="button" onClick={() => setAll(!all)} className="mt-1 min-h-6 text-label font-medium text-accent">
          {all ? 'Fewer' : `${sayCount(labels.length - ROWS)} more`}
        </button>
      )}
    </section>
  );
}
