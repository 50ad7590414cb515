'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView, ModelView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { Choice } from './original-accuracy.tsx';

/** Nobody has said how the images of this model are prepared, or somebody wants to know again: the doctor needs labelled images. */
export function AskDoctor({
  model,
  datasets,
  onChanged,
}: {
  readonly model: ModelView;
  readonly datasets: readonly DatasetView[];
  readonly onChanged: () => void;
}) {
  const usable = datasets.filter((one) => one.state.kind !== 'failed');
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const examine = useMutation(asks.models.examine.mutationOptions({ onSuccess: onChanged }));
  const dataset = chosen ?? usable[0]?.id;
  return (
    <section aria-labelledby="ask" className="border-b border-line px-6 py-4 max-sm:px-4">
      <h3 id="ask" className="text-section">
        How are its images prepared?
      </h3>
      <p className="mt-1 max-w-[72ch] text-ink-2">
        A model cannot say whether it wants red first, numbers from 0 to 1, or a crop. The intake doctor tries the usual ways on labelled
        images and shows what each gives.
      </p>
      {usable.length === 0 ? (
        <p className="mt-2 text-ink-2">
          Drop the images it was made for anywhere on this page, in one folder for each label or as a zip; or drop the model again together
          with its <span className="font-mono text-label">.onnx.fleetfit.json</span>.
        </p>
      ) : (
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <Choice
            label="Images for the doctor"
            value={dataset ?? ''}
            onChange={setChosen}
            options={usable.map((one) => [one.id, one.name])}
          />
          <Button
            kind="primary"
            disabled={examine.isPending}
            onClick={() => {
              if (dataset !== undefined) examine.mutate({ id: model.id, dataset });
            }}
          >
            Find out
          </Button>
        </div>
      )}
      {examine.error && <ErrorNotice error={examine.error} />}
    </section>
  );
}
