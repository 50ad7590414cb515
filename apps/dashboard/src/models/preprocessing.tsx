'use client';
import { sayFixed, sayPoints } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import type { DatasetView, FindingView, ModelView } from '../client/views.ts';
import { Icon } from '../frame/icon.tsx';
import { differenceOf, findingColumns } from './finding-columns.ts';
import { sayPreprocessing } from './say-preprocessing.ts';
import { rangeOf, sizeOf, type TakenPart, takenPart } from './taken-part.ts';

/** How the images of a model are prepared: in words, and on one image from a dataset before, after, and prepared otherwise. */
export function Preprocessing({ model, datasets }: { readonly model: ModelView; readonly datasets: readonly DatasetView[] }) {
  const [turn, setTurn] = useState(0);
  const lines = sayPreprocessing(model.sidecar);
  const dataset = datasets.find((one) => one.id === model.examined?.dataset) ?? datasets.find((one) => one.state.kind === 'ready');
  const sample = useQuery(
    asks.datasets.samples.queryOptions(
      { id: dataset?.id ?? '', split: 'validation', from: turn, count: 1 },
      { enabled: dataset !== undefined && lines.length > 0, staleTime: Number.POSITIVE_INFINITY },
    ),
  ).data;
  if (lines.length === 0) return null;
  const [image] = sample?.images ?? [];
  return (
    <section aria-labelledby="preparation" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h3 id="preparation" className="text-section">
          Preprocessing
        </h3>
        {image && (
          <p className="min-w-0 text-label text-ink-2">
            on one validation image, <span className="font-mono break-all">{image.name}</span>,{' '}
            {dataset?.classes[image.label] ?? `label ${image.label}`}
          </p>
        )}
        {sample && sample.total > 1 && (
          <button
            type="button"
            onClick={() => setTurn((turn + 1) % sample.total)}
            className="ml-auto min-h-6 text-label font-medium text-accent"
          >
            Another image
          </button>
        )}
      </div>
      {image && dataset && <Pictures model={model} dataset={dataset.id} n={image.n} />}
      <ol className="mt-3">
        {lines.map(([what, how]) => (
          <li
            key={what}
            className="grid grid-cols-[120px_minmax(0,1fr)] border-b border-line py-1.5 last:border-b-0 max-sm:grid-cols-[88px_minmax(0,1fr)]"
          >
            <span className="text-ink-3">{what}</span>
            <span className="break-words">{how}</span>
          </li>
        ))}
      </ol>
      {!dataset && <p className="mt-2 text-label text-ink-3">With a dataset here, its images show what this does to them.</p>}
    </section>
  );
}

interface PicturesProps {
  readonly model: ModelView;
  readonly dataset: string;
  readonly n: number;
}

function Pictures({ model, dataset, n }: PicturesProps) {
  const [size, setSize] = useState<{ readonly width: number; readonly height: number } | undefined>(undefined);
  const gets = sizeOf(model.sidecar);
  const range = rangeOf(model.sidecar);
  const part = size && takenPart(model.sidecar, size);
  // The pictures of another preparation stand under the same address.
  const made = `/picture/model/${model.id}/on/${dataset}/${n}`;
  const way = `way=${model.prepared ?? 'given'}`;
  const small = (gets?.width ?? 224) < 96;
  return (
    <div className="mt-3 flex flex-wrap items-start gap-x-3 gap-y-5">
      <Picture
        title="Before"
        detail={size ? `${size.width}×${size.height}${size.width >= 480 || size.height >= 480 ? ' or more' : ''}, 0 to 255` : ''}
        src={`/picture/dataset/${dataset}/${n}?side=480`}
        alt="The image as it was brought"
        onSize={setSize}
        part={part}
        pixelated={small}
      />
      <Arrow />
      <Picture
        title="Resized, cropped"
        detail={gets ? `${gets.width}×${gets.height}` : ''}
        src={`${made}/resized?${way}`}
        alt="The part of it that the model gets"
        pixelated={small}
      />
      <Arrow />
      <figure>
        <div className="relative h-36" style={{ width: 104 + 24 * ((gets?.channels ?? 3) - 1) }}>
          {Array.from({ length: gets?.channels ?? 3 }, (_, at) => (gets?.channels ?? 3) - 1 - at).map((plane) => (
            <img
              key={plane}
              src={`${made}/${plane}?${way}`}
              alt={`Plane ${plane + 1} of the input`}
              className={`absolute size-[104px] rounded-pill border border-surface object-cover ${small ? '[image-rendering:pixelated]' : ''}`}
              style={{ left: 24 * plane, top: 40 - 20 * plane }}
            />
          ))}
        </div>
        <figcaption className="mt-1.5">
          <span className="block font-semibold">After: what the model gets</span>
          <span className="text-label text-ink-2">
            {gets?.channels === 1 ? '1 plane' : `${gets?.channels ?? 3} planes`}
            {range && `, ${sayEnd(range[0])} to ${sayEnd(range[1])}`}
          </span>
        </figcaption>
      </figure>
      <Otherwise model={model} made={made} way={way} small={small} />
    </div>
  );
}

const sayEnd = (value: number): string => (Number.isInteger(value) ? sayFixed(value + 0, 0) : sayFixed(value, 1));

/** The same image prepared in ways that the doctor found worse, as the model then sees it. */
function Otherwise({
  model,
  made,
  way,
  small,
}: {
  readonly model: ModelView;
  readonly made: string;
  readonly way: string;
  readonly small: boolean;
}) {
  const used = model.findings[model.prepared ?? -1];
  if (!used) return null;
  const columns = findingColumns(used);
  const others = tellingFindings(model.findings, used);
  if (others.length === 0) return null;
  return (
    <div className="border-line max-sm:w-full sm:border-l sm:pl-3">
      <ul className="flex flex-wrap gap-3">
        {others.map(({ finding, at }) => (
          <li key={finding.what} className="w-[88px]">
            <img
              src={`${made}/seen?finding=${at}&${way}`}
              alt={`Prepared otherwise: ${finding.what}`}
              className={`size-[88px] rounded-pill object-cover ${small ? '[image-rendering:pixelated]' : ''}`}
            />
            <p className="mt-1.5 text-label font-semibold">{differenceOf(findingColumns(finding), columns)}</p>
            <p className="text-label text-ink-2">{sayPoints(100 * (finding.accuracy - used.accuracy))} pt</p>
          </li>
        ))}
      </ul>
      <p className="mt-1 text-label text-ink-3">The same image prepared otherwise, as the model sees it</p>
    </div>
  );
}

/** Ways that differ from the one in use in one thing alone, one for each thing. */
function tellingFindings(findings: readonly FindingView[], used: FindingView) {
  const columns = findingColumns(used);
  const seen = new Set<string>();
  return findings
    .map((finding, at) => ({ finding, at }))
    .filter(({ finding }) => {
      if (finding === used || finding.sidecar === undefined) return false;
      const other = findingColumns(finding);
      const keys = (['channels', 'scaling', 'resize'] as const).filter((key) => other[key] !== columns[key]);
      const [only] = keys;
      if (keys.length !== 1 || only === undefined || seen.has(only)) return false;
      seen.add(only);
      return true;
    })
    .slice(0, 3);
}

interface PictureProps {
  readonly title: string;
  readonly detail: string;
  readonly src: string;
  readonly alt: string;
  readonly part?: TakenPart | undefined;
  readonly pixelated?: boolean;
  readonly onSize?: (size: { readonly width: number; readonly height: number }) => void;
}

function Picture({ title, detail, src, alt, part, pixelated = false, onSize }: PictureProps) {
  return (
    <figure>
      <div className="relative w-fit">
        <img
          src={src}
          alt={alt}
          ref={(image) => {
            if (image?.complete && image.naturalWidth > 0) sayOnce(image, onSize);
          }}
          onLoad={(event) => sayOnce(event.currentTarget, onSize)}
          className={`h-36 w-auto max-w-full rounded-pill ${pixelated ? '[image-rendering:pixelated]' : ''}`}
        />
        {part && (part.width < 1 || part.height < 1) && (
          <span
            aria-hidden="true"
            className="absolute border-2 border-[#fff] shadow-[0_0_0_999px_rgb(0_0_0/45%)] [clip-path:inset(-999px)]"
            style={{ left: percent(part.left), top: percent(part.top), width: percent(part.width), height: percent(part.height) }}
          />
        )}
      </div>
      <figcaption className="mt-1.5">
        <span className="block font-semibold">{title}</span>
        <span className="text-label text-ink-2">{detail}</span>
      </figcaption>
    </figure>
  );
}

const percent = (share: number): string => `${share * 100}%`;

/** A picture that was there before the page woke up has no load event. */
const said = new WeakMap<HTMLImageElement, string>();
function sayOnce(image: HTMLImageElement, onSize: PictureProps['onSize']): void {
  if (said.get(image) === image.src) return;
  said.set(image, image.src);
  onSize?.({ width: image.naturalWidth, height: image.naturalHeight });
}

function Arrow() {
  return <Icon name="next" className="mt-16 text-ink-3 max-sm:hidden" />;
}
