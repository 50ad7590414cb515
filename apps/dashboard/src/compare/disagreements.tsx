'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQueries } from '@tanstack/react-query';
import { asks } from '../client/fleet-client.tsx';
import type { CompareView } from '../client/views.ts';

interface DisagreementsProps {
  readonly compare: CompareView;
  readonly datasetId: string;
}

const SHOWN = 8;

/** The images on which one is right and the other wrong. */
export function Disagreements({ compare, datasetId }: DisagreementsProps) {
  const { disagreement, candidates, images } = compare;
  const [first, second] = candidates;
  if (!disagreement || !first || !second) return null;
  const all = disagreement.first + disagreement.second;
  // Exchanges in both directions that differ by less than twice their root are as good as even (McNemar 1947).
  const even = Math.abs(disagreement.first - disagreement.second) < 2 * Math.sqrt(Math.max(1, all));
  return (
    <section aria-labelledby="disagree" className="px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="disagree" className="text-section">
          Images where they disagree
        </h2>
        <p className="text-ink-2">
          Right or wrong differs on {sayCount(all)} of {sayCount(images)}
          {all === 0 ? '.' : even ? ': too few to tell which is better.' : ': enough to tell which is better.'}
        </p>
      </div>
      <div className="mt-3 grid gap-6 sm:grid-cols-2">
        <Images title={`Only ${first.id} is right`} count={disagreement.first} places={disagreement.onlyFirst} datasetId={datasetId} />
        <Images title={`Only ${second.id} is right`} count={disagreement.second} places={disagreement.onlySecond} datasetId={datasetId} />
      </div>
    </section>
  );
}

interface ImagesProps {
  readonly title: string;
  readonly count: number;
  readonly places: readonly number[];
  readonly datasetId: string;
}

function Images({ title, count, places, datasetId }: ImagesProps) {
  const asked = useQueries({
    queries: places
      .slice(0, SHOWN)
      .map((from) => asks.datasets.samples.queryOptions({ id: datasetId, split: 'validation', from, count: 1 }, { staleTime: 600_000 })),
  });
  const shown = asked.flatMap((one) => one.data?.images ?? []);
  return (
    <div>
      <h3>
        {title} <span className="font-normal text-ink-3">{sayCount(count)}</span>
      </h3>
      {count === 0 && <p className="mt-1 text-ink-3">No image.</p>}
      <ul className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(84px,1fr))] gap-3">
        {shown.map((image) => (
          <li key={image.n} className="min-w-0">
            <img
              src={`/picture/dataset/${datasetId}/${image.n}?side=96`}
              alt=""
              width={84}
              height={84}
              className="aspect-square w-full rounded-control bg-sunken object-cover"
            />
            <p className="truncate text-label" title={image.name}>
              {image.name}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}
