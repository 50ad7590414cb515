'use client';
import { proportionInterval } from '@fleetfit/stats';
import { MISSING, sayCount, sayPercent, sayPercentInterval } from '@fleetfit/sweep/say-numbers';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView, EvaluationView, ModelView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { StateMark } from '../frame/icon.tsx';

type Split = EvaluationView['split'];

/** How many images the original has right, by split; and a way to find out. */
export function OriginalAccuracy({
  model,
  datasets,
  onChanged,
}: {
  readonly model: ModelView;
  readonly datasets: readonly DatasetView[];
  readonly onChanged: () => void;
}) {
  const { evaluations } = model;
  const ready = datasets.filter((one) => one.state.kind === 'ready');
  return (
    <section aria-labelledby="evaluations" className="border-b border-line px-6 py-4 max-sm:px-4">
      <h3 id="evaluations" className="text-section">
        Accuracy of the original
      </h3>
      {evaluations.length > 0 && (
        <table className="mt-1 w-full max-w-[720px] border-collapse text-left">
          <thead>
            <tr className="border-b border-line text-label text-ink-3 [&>th]:py-1.5 [&>th]:pr-3 [&>th]:font-medium">
              <th>Images</th>
              <th className="text-right">Top-1</th>
              <th className="text-right">Top-5</th>
            </tr>
          </thead>
          <tbody>
            {evaluations.map((one) => (
              <tr key={`${one.dataset} ${one.split}`} className="border-b border-line [&>td]:py-1.5 [&>td]:pr-3">
                <td>
                  {one.split === 'all' ? 'all' : `${one.split} split`} of {one.dataset}{' '}
                  <span className="text-label text-ink-3">{one.why ?? sayCount(one.images)}</span>
                </td>
                <Share right={one.top1} images={one.images} />
                <Share right={one.top5} images={one.images} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {model.sidecar !== undefined && ready.length > 0 && <Evaluate model={model} datasets={ready} onChanged={onChanged} />}
      {model.sidecar === undefined && <p className="mt-1 text-ink-2">It is found out once it is known how images are prepared.</p>}
    </section>
  );
}

const SPLITS: readonly { readonly name: Split; readonly words: string }[] = [
  { name: 'validation', words: 'validation' },
  { name: 'calibration', words: 'calibration' },
  { name: 'training', words: 'training' },
];

function Evaluate({
  model,
  datasets,
  onChanged,
}: {
  readonly model: ModelView;
  readonly datasets: readonly DatasetView[];
  readonly onChanged: () => void;
}) {
  const [dataset, setDataset] = useState(datasets.find((one) => one.id === model.examined?.dataset)?.id ?? datasets[0]?.id ?? '');
  const [split, setSplit] = useState<Split>('validation');
  const [asked, setAsked] = useState<string | undefined>(undefined);
  const evaluate = useMutation(asks.models.evaluate.mutationOptions({ onSuccess: onChanged }));
  const there = model.evaluations.some((one) => `${one.dataset} ${one.split}` === asked);
  useEffect(() => {
    if (there) setAsked(undefined);
    if (asked === undefined) return;
    const timer = setInterval(onChanged, 1_500);
    return () => clearInterval(timer);
  }, [there, asked, onChanged]);
  return (
    <form
      className="mt-3 flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(`${dataset} ${split}`);
        evaluate.mutate({ id: model.id, dataset, split }, { onError: () => setAsked(undefined) });
      }}
    >
      <Choice label="Dataset" value={dataset} onChange={setDataset} options={datasets.map((one) => [one.id, one.name])} />
      <Choice
        label="Split"
        value={split}
        onChange={(value) => setSplit(SPLITS.find((each) => each.name === value)?.name ?? 'validation')}
        options={SPLITS.map(({ name, words }) => [name, words])}
      />
      <Button disabled={asked !== undefined} onClick={(event) => event.currentTarget.form?.requestSubmit()}>
        Evaluate
      </Button>
      {asked !== undefined && (
        <span role="status" className="flex items-center gap-1.5 text-label text-accent">
          <StateMark kind="working" /> a compressor runs it
        </span>
      )}
      <span className="text-label text-ink-3">The test split stays closed until a sweep has its winners.</span>
      {evaluate.error && <ErrorNotice error={evaluate.error} />}
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly onChange: (value: string) => void;
}

/** A small select with a name for those who do not see it. */
export function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-8 max-w-full rounded-control border border-line-2 bg-surface px-2 max-sm:h-11 pointer-coarse:h-11"
    >
      {options.map(([key, words]) => (
        <option key={key} value={key}>
          {words}
        </option>
      ))}
    </select>
  );
}

function Share({ right, images }: { readonly right: number; readonly images: number }) {
  if (images === 0) return <td className="text-right text-ink-3">{MISSING}</td>;
  const share = proportionInterval(right, images);
  return (
    <td className="text-right whitespace-nowrap">
      <strong>{sayPercent(share.value)}</strong> <span className="text-label text-ink-3">{sayPercentInterval(share)}</span>
    </td>
  );
}
