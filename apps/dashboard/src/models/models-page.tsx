'use client';
import { sayBytes } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import type { ModelView } from '../client/views.ts';
import { Command } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { UploadRows } from '../uploads/upload-rows.tsx';
import { useUploads } from '../uploads/uploads-store.ts';
import { ImportLine } from './import-line.tsx';
import { OneModel } from './one-model.tsx';

/** The models: what each is, how its images are prepared, and how sure that is; and where new ones are dropped. */
export function ModelsPage() {
  const wanted = useSearchParams().get('id');
  const router = useRouter();
  const models = useQuery(
    asks.models.list.queryOptions(undefined, {
      refetchInterval: (query) => (query.state.data?.some((one) => one.state.kind === 'importing') ? 1_000 : 10_000),
    }),
  );
  const datasets = useQuery(asks.datasets.list.queryOptions(undefined, { refetchInterval: 10_000 })).data ?? [];
  const all = models.data ?? [];
  const at = Math.max(
    0,
    all.findIndex((one) => one.id === wanted),
  );
  const open = all[at];
  const go = (to: number) => {
    const next = all[to];
    if (next) router.replace(`/models?id=${next.id}`);
  };
  useKeys({ j: () => go(at + 1), k: () => go(at - 1) });
  useWhenUploaded(models.refetch);
  if (models.error && !models.data)
    return (
      <div className="p-6">
        <ErrorNotice error={models.error} />
      </div>
    );
  if (!models.data) return null;
  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[280px_minmax(0,1fr)]">
      <div className="border-line bg-canvas max-lg:border-b lg:border-r">
        <h1 className="px-6 pt-4 text-title max-sm:px-4">Models</h1>
        <div className="flex flex-col gap-1 p-3">
          {all.length > 0 && (
            <ul>
              {all.map((model) => (
                <ModelLink key={model.id} model={model} open={model.id === open?.id} />
              ))}
            </ul>
          )}
          <UploadRows kind="model" />
        </div>
        <div className="px-3 pb-4">
          <DropZone
            title="Drop a model here"
            hint="ONNX, with its sidecar and its tensors if it has any beside it. What is cut off goes on where it stopped."
            accept=".onnx,.json,.data,.bin,.onnx_data"
          />
        </div>
      </div>
      {open ? <OneModel key={open.id} id={open.id} datasets={datasets} /> : <NoModels />}
    </div>
  );
}

/** An upload that has become a model is a row of the list from now on. */
function useWhenUploaded(refetch: () => unknown): void {
  const count = useUploads().length;
  useEffect(() => {
    void refetch();
  }, [count, refetch]);
}

function NoModels() {
  return (
    <section className="max-w-[640px] px-6 py-12 max-sm:px-4">
      <h2 className="text-section">Models will be here</h2>
      <p className="mt-1 text-ink-2">
        Drop an ONNX file anywhere on this page. Fleetfit reads it, checks it, and works out on labelled images how it wants them prepared:
        drop those with it, as a folder with one folder for each label, or as a zip.
      </p>
      <p className="mt-4 text-label text-ink-3">Or in a terminal:</p>
      <div className="mt-1">
        <Command text="fleetfit model add model.onnx --dataset images" />
      </div>
    </section>
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
          <ImportLine state={model.state} ready={saidBeside(model)} />
        </span>
      </Link>
    </li>
  );
}

function saidBeside(model: ModelView): string {
  const size = model.bytes === undefined ? 'ready' : sayBytes(model.bytes);
  return model.sidecar === undefined ? `${size}, preparation unknown` : size;
}
