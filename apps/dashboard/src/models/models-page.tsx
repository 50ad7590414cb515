'use client';
import { proportionInterval } from '@fleetfit/stats';
import { MISSING, sayBytes, sayClock, sayCount, sayPercent, sayPercentInterval } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { asks } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice } from '../client/notices.tsx';
import type { ModelView } from '../client/views.ts';
import { Command } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { ImportLine } from './import-line.tsx';
import { IntakeDoctor } from './intake-doctor.tsx';
import { sayPreprocessing } from './say-preprocessing.ts';

/** The models: what each is, how its images are prepared, and how sure that is. */
export function ModelsPage() {
  const wanted = useSearchParams().get('id');
  const models = useQuery(
    asks.models.list.queryOptions(undefined, {
      refetchInterval: (query) => (query.state.data?.some((one) => one.state.kind === 'importing') ? 1_000 : 10_000),
    }),
  );
  const open = models.data?.find((one) => one.id === wanted) ?? models.data?.[0];
  if (models.error)
    return (
      <div className="p-6">
        <ErrorNotice error={models.error} />
      </div>
    );
  if (!models.data) return null;
  if (!open) return <NoModels />;
  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[300px_minmax(0,1fr)]">
      <div className="border-line bg-canvas max-lg:border-b lg:border-r">
        <h1 className="px-6 pt-4 text-title max-sm:px-4">Models</h1>
        <ul className="p-3">
          {models.data.map((model) => (
            <ModelLink key={model.id} model={model} open={model.id === open.id} />
          ))}
        </ul>
        <div className="px-6 pb-4 text-label text-ink-3 max-sm:px-4">
          Add one in a terminal:
          <Command text="fleetfit model add model.onnx" />
        </div>
      </div>
      <OneModel model={open} />
    </div>
  );
}

function NoModels() {
  return (
    <Empty title="Models will be here">
      <p>An ONNX file that you bring. Fleetfit reads it, checks it, and works out how its images are prepared.</p>
      <div className="mt-3">
        <Command text="fleetfit model add model.onnx --dataset images" />
      </div>
    </Empty>
  );
}

function ModelLink({ model, open }: { readonly model: ModelView; readonly open: boolean }) {
  return (
    <li>
      <Link
        href={`/models?id=${model.id}`}
        prefetch={false}
        replace
        aria-current={open ? 'true' : undefined}
        className={`flex items-start gap-2.5 rounded-control px-3 py-2 ${open ? 'bg-accent-weak' : 'hover:bg-sunken'}`}
      >
        <Icon name="model" className={`mt-0.5 shrink-0 ${open ? 'text-accent' : 'text-ink-3'}`} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-semibold">{model.name}</span>
          <ImportLine state={model.state} ready={model.bytes === undefined ? 'ready' : sayBytes(model.bytes)} />
        </span>
      </Link>
    </li>
  );
}

function OneModel({ model }: { readonly model: ModelView }) {
  return (
    <article className="min-w-0">
      <header className="border-b border-line px-6 py-4 max-sm:px-4">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h2 className="text-title">{model.name}</h2>
          <ImportLine state={model.state} ready="Ready" mark />
        </div>
        <p className="text-ink-2">Added at {sayClock(model.addedAt)}.</p>
        {model.state.kind === 'failed' && (
          <div className="mt-2">
            <ErrorNotice error={{ message: model.state.why, data: { next: model.state.next } }} />
          </div>
        )}
        {model.warnings.map((warning) => (
          <p key={warning} className="mt-2 flex items-start gap-2 rounded-control bg-warn-weak px-3 py-2 text-ink">
            <Icon name="warning" className="mt-0.5 shrink-0 text-warn" />
            {warning}
          </p>
        ))}
      </header>
      <Facts model={model} />
      {model.findings.length > 0 && <IntakeDoctor findings={model.findings} />}
      <Evaluations evaluations={model.evaluations} />
      <Preprocessing sidecar={model.sidecar} />
      <Operators model={model} />
    </article>
  );
}

function Evaluations({ evaluations }: Pick<ModelView, 'evaluations'>) {
  if (evaluations.length === 0) return null;
  return (
    <section aria-labelledby="evaluations" className="border-b border-line px-6 py-4 max-sm:px-4">
      <h3 id="evaluations" className="text-section">
        Accuracy of the original
      </h3>
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
    </section>
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

function Preprocessing({ sidecar }: { readonly sidecar: unknown }) {
  const lines = sayPreprocessing(sidecar);
  if (lines.length === 0) return null;
  return (
    <section aria-labelledby="preparation" className="border-b border-line px-6 py-4 max-sm:px-4">
      <h3 id="preparation" className="text-section">
        Preprocessing
      </h3>
      <ol className="mt-1">
        {lines.map(([what, how]) => (
          <li key={what} className="grid grid-cols-[120px_minmax(0,1fr)] border-b border-line py-1.5 last:border-b-0">
            <span className="text-ink-3">{what}</span>
            <span>{how}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Facts({ model }: { readonly model: ModelView }) {
  const [input] = model.inputs;
  const [output] = model.outputs;
  const facts: readonly (readonly [string, string, string])[] = [
    ['Input', input ? input.dims.join('×') : '–', input ? `${input.name}, ${input.type}` : ''],
    ['Output', output ? output.dims.join('×') : '–', output ? `${output.name}, ${output.type}` : ''],
    ['Size', model.bytes === undefined ? '–' : sayBytes(model.bytes), model.bytes === undefined ? '' : `${sayCount(model.bytes)} bytes`],
    ['Weights', model.parameters === undefined ? '–' : sayMillions(model.parameters), 'parameters'],
    ['Opset', model.opset === undefined ? '–' : String(model.opset), 'ONNX'],
  ];
  return (
    <dl className="grid grid-cols-5 border-b border-line max-lg:grid-cols-3 max-sm:grid-cols-2">
      {facts.map(([what, value, detail]) => (
        <div key={what} className="min-w-0 border-line px-6 py-3 not-last:border-r max-sm:px-4">
          <dt className="text-label text-ink-3">{what}</dt>
          <dd className="truncate text-section font-semibold">{value}</dd>
          <dd className="truncate text-label text-ink-2">{detail}</dd>
        </div>
      ))}
    </dl>
  );
}

function Operators({ model }: { readonly model: ModelView }) {
  const most = model.operators[0]?.count ?? 1;
  if (model.operators.length === 0) return null;
  return (
    <section aria-labelledby="operators" className="px-6 py-4 max-sm:px-4">
      <h3 id="operators" className="text-section">
        Operators
      </h3>
      <ul className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(280px,1fr))] gap-x-8">
        {model.operators.map(({ op, count }) => (
          <li key={op} className="grid grid-cols-[minmax(0,1fr)_40px_80px] items-center gap-2 py-0.5">
            <span className="truncate font-mono text-label">{op}</span>
            <span className="text-right text-label text-ink-2">×{sayCount(count)}</span>
            <span aria-hidden="true" className="h-1.5 bg-ink-3" style={{ width: `${Math.max(3, (count / most) * 100)}%` }} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function sayMillions(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(count >= 1e8 ? 0 : 1)} million` : sayCount(count);
}
