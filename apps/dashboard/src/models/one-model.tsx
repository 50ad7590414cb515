'use client';
import { sayBytes, sayClock, sayCount, sayPercent } from '@fleetfit/sweep/say-numbers';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { Bone, Skeleton } from '../client/skeleton.tsx';
import type { DatasetView, ModelView } from '../client/views.ts';
import { LinkButton } from '../frame/button.tsx';
import { Icon } from '../frame/icon.tsx';
import { AskDoctor } from './ask-doctor.tsx';
import { ImportLine } from './import-line.tsx';
import { IntakeDoctor } from './intake-doctor.tsx';
import { LayerBars } from './layer-bars.tsx';
import { OriginalAccuracy } from './original-accuracy.tsx';
import { Preprocessing } from './preprocessing.tsx';

/** One model whole: what it is, where its work and weights are, how its images are prepared and how sure that is, and what it gets right. */
export function OneModel({ id, datasets }: { readonly id: string; readonly datasets: readonly DatasetView[] }) {
  const client = useQueryClient();
  const options = asks.models.show.queryOptions(
    { id },
    { refetchInterval: (query) => (query.state.data?.state.kind === 'importing' ? 700 : 10_000) },
  );
  const { data: model, error } = useQuery(options);
  const refresh = useCallback(() => {
    void client.invalidateQueries(asks.models.pathFilter());
  }, [client]);
  if (error && !model)
    return (
      <div className="p-6">
        <ErrorNotice error={error} />
      </div>
    );
  if (!model) return <Waiting />;
  const imported = model.inputs.length > 0;
  const busy = model.state.kind === 'importing';
  return (
    <article className="min-w-0" aria-busy={busy}>
      <Head model={model} />
      {imported && <Facts model={model} />}
      {imported && (
        <div className="grid border-b border-line xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <LayerBars layers={model.layers} />
          <Operators model={model} />
        </div>
      )}
      {imported && !busy && model.sidecar === undefined && <AskDoctor model={model} datasets={datasets} onChanged={refresh} />}
      {model.findings.length > 0 && <IntakeDoctor model={model} onChanged={refresh} />}
      <Preprocessing model={model} datasets={datasets} />
      {imported && <OriginalAccuracy model={model} datasets={datasets} onChanged={refresh} />}
    </article>
  );
}

function Waiting() {
  return (
    <Skeleton>
      <div className="border-b border-line px-6 py-4">
        <Bone className="h-7 w-56" />
        <Bone className="mt-2 h-4 w-96 max-w-full" />
      </div>
      <div className="grid grid-cols-6 gap-6 border-b border-line px-6 py-4">
        {[0, 1, 2, 3, 4, 5].map((at) => (
          <Bone key={at} className="h-10" />
        ))}
      </div>
      <Bone className="mx-6 mt-4 h-44" />
    </Skeleton>
  );
}

function Head({ model }: { readonly model: ModelView }) {
  return (
    <header className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="min-w-0 text-title break-words">{model.name}</h2>
        <ImportLine state={model.state} ready="Ready" mark />
        {model.state.kind === 'ready' && (
          <span className="ml-auto flex gap-2 max-sm:ml-0">
            {model.sidecar !== undefined && <SidecarLink model={model} />}
            <LinkButton href={`/new-sweep?model=${model.id}`}>New sweep</LinkButton>
          </span>
        )}
      </div>
      <p className="mt-1 text-ink-2">{sayFirst(model)}</p>
      {model.state.kind === 'failed' && (
        <div className="mt-2">
          <ErrorNotice error={{ message: model.state.why, data: { next: model.state.next } }} />
        </div>
      )}
      {model.warnings
        .filter((warning) => !warning.includes('is close to the best'))
        .map((warning) => (
          <p key={warning} className="mt-2 flex items-start gap-2 rounded-control bg-warn-weak px-3 py-2 text-ink">
            <Icon name="warning" className="mt-0.5 shrink-0 text-warn" />
            {warning}
          </p>
        ))}
    </header>
  );
}

/** The answer first: how right it is, and how that is known. */
function sayFirst(model: ModelView) {
  const [first] = [...model.evaluations].sort((a, b) => b.images - a.images);
  const used = model.findings[model.prepared ?? -1];
  const close = model.findings.filter(
    (one) => one.againstBest && one.againstBest.high >= 0 && one.images === model.findings[0]?.images,
  ).length;
  const found = used
    ? `Preprocessing found by trying ${sayCount(model.findings.length)} combinations${close > 0 ? `; ${close === 1 ? 'one choice is' : `${close} choices are`} close and worth a look` : ''}.`
    : model.sidecar === undefined
      ? `Added at ${sayClock(model.addedAt)}.`
      : 'Preprocessing as its sidecar says.';
  const right =
    first && first.images > 0
      ? ([first.top1 / first.images, first.images] as const)
      : used
        ? ([used.accuracy, used.images] as const)
        : undefined;
  return (
    <>
      {right && (
        <strong className="text-ink">
          {sayPercent(right[0])} right on {sayCount(right[1])} images.{' '}
        </strong>
      )}
      {found}
    </>
  );
}

function SidecarLink({ model }: { readonly model: ModelView }) {
  const text = `${JSON.stringify(model.sidecar, undefined, 2)}\n`;
  return (
    <a
      href={`data:application/json,${encodeURIComponent(text)}`}
      download={`${model.name}.onnx.fleetfit.json`}
      className="inline-flex h-8 items-center gap-1.5 rounded-control border border-line-2 px-3 font-medium hover:bg-sunken max-sm:h-11 pointer-coarse:h-11"
    >
      <Icon name="download" size={14} />
      Sidecar
    </a>
  );
}

function Facts({ model }: { readonly model: ModelView }) {
  const [input] = model.inputs;
  const [output] = model.outputs;
  const largest = model.largestActivation;
  const facts: readonly (readonly [string, string, string])[] = [
    ['Input', input ? sayDims(input.dims) : '–', input ? `${input.name}, ${input.type}` : ''],
    ['Output', output ? sayDims(output.dims) : '–', output ? `${output.name}, ${output.type}` : ''],
    ['Size', model.bytes === undefined ? '–' : sayBytes(model.bytes), model.bytes === undefined ? '' : `${sayCount(model.bytes)} bytes`],
    [
      'Weights',
      model.parameters === undefined ? '–' : sayMillions(model.parameters),
      model.layers.length > 0 ? `in ${sayCount(model.layers.length)} layers` : 'parameters',
    ],
    ['MACs', model.macs === undefined ? '–' : sayMillions(model.macs), model.macs === undefined ? 'a shape is not known' : 'an image'],
    ['Largest activations', largest ? sayBytes(largest.bytes) : '–', largest?.node ?? `opset ${model.opset ?? '–'}`],
  ];
  return (
    <dl className="grid grid-cols-6 border-b border-line max-xl:grid-cols-3 max-sm:grid-cols-2">
      {facts.map(([what, value, detail]) => (
        <div key={what} className="min-w-0 border-line px-6 py-3 not-last:border-r max-sm:px-4">
          <dt className="text-label text-ink-3">{what}</dt>
          <dd className="truncate text-section font-semibold">{value}</dd>
          <dd className="truncate text-label text-ink-2" title={detail}>
            {detail}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Dimensions that are free stand as N. */
const sayDims = (dims: readonly (number | string)[]): string =>
  dims.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 'N')).join('×');

const FEW = 10;

function Operators({ model }: { readonly model: ModelView }) {
  const most = model.operators[0]?.count ?? 1;
  const rest = model.operators.length - FEW;
  return (
    <section aria-labelledby="operators" className="min-w-0 border-line px-6 py-4 max-xl:border-t max-sm:px-4 xl:border-l">
      <h3 id="operators" className="text-section">
        Operators
      </h3>
      <ul className="mt-2">
        {model.operators.slice(0, FEW).map(({ op, count }) => (
          <li key={op} className="grid grid-cols-[minmax(0,1fr)_48px_96px] items-center gap-2 py-0.5">
            <span className="truncate font-mono text-label">{op}</span>
            <span className="text-right text-label text-ink-2">×{sayCount(count)}</span>
            <span aria-hidden="true" className="h-1.5 bg-ink-3" style={{ width: `${Math.max(3, (count / most) * 100)}%` }} />
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="text-label text-ink-3">and {sayCount(rest)} more kinds</p>}
    </section>
  );
}

function sayMillions(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(count >= 1e8 ? 0 : 1)} million` : sayCount(count);
}
