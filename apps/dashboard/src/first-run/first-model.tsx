'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView, ModelView } from '../client/views.ts';
import { Icon, StateMark } from '../frame/icon.tsx';
import { ImportLine } from '../models/import-line.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { UploadRows } from '../uploads/upload-rows.tsx';
import { startUploads, useUploads } from '../uploads/uploads-store.ts';

/** Where a model and its images are dropped; what has come of them; and an example for those who have none at hand. */
export function FirstModel({ models, datasets }: { readonly models: readonly ModelView[]; readonly datasets: readonly DatasetView[] }) {
  const uploads = useUploads().length;
  const nothing = models.length === 0 && datasets.length === 0 && uploads === 0;
  return (
    <>
      <p className="text-ink-2">
        An ONNX file, and a zip or folder with one subfolder per label. Fleetfit works out the preprocessing and shows it to you.
      </p>
      <ul className="mt-2">
        {models.map((model) => (
          <Here key={model.id} icon="model" href={`/models?id=${model.id}`} name={model.name} state={model.state}>
            {model.state.kind === 'ready' && model.sidecar === undefined && (
              <span className="text-warn">nobody has said how its images are prepared: open it</span>
            )}
          </Here>
        ))}
        {datasets.map((dataset) => (
          <Here key={dataset.id} icon="dataset" href={`/datasets?id=${dataset.id}`} name={dataset.name} state={dataset.state} />
        ))}
      </ul>
      <div className="max-w-[420px]">
        <UploadRows />
      </div>
      <div className="mt-2 grid items-center gap-x-4 gap-y-3 sm:grid-cols-[minmax(0,420px)_auto_minmax(0,1fr)]">
        <DropZone
          title="Drop both here, or choose files"
          hint="They stay on this machine; devices get pixels by hash, no names and no labels"
          folders
        />
        {nothing && (
          <>
            <span className="text-ink-3">or</span>
            <UseTheDemo />
          </>
        )}
      </div>
    </>
  );
}

interface HereProps {
  readonly icon: 'model' | 'dataset';
  readonly href: string;
  readonly name: string;
  readonly state: ModelView['state'];
  readonly children?: ReactNode;
}

function Here({ icon, href, name, state, children }: HereProps) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 py-1">
      <Link href={href} prefetch={false} className="inline-flex items-center gap-2 font-semibold hover:underline">
        <Icon name={icon} className="text-ink-3" />
        {name}
      </Link>
      <ImportLine state={state} ready="here" mark />
      {children}
    </li>
  );
}

const FILES = ['drinks.onnx', 'drinks.zip'] as const;

/** The example of ours, sent like anything else: drinks that we drew, and a small network that tells them apart. */
function UseTheDemo() {
  const there = useQuery({
    queryKey: ['demo'],
    queryFn: async () => (await fetch(`/demo/${FILES[1]}`, { method: 'HEAD' })).ok,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const bring = useMutation({
    mutationFn: async () => {
      const files = await Promise.all(
        FILES.map(async (name) => {
          const response = await fetch(`/demo/${name}`);
          if (!response.ok) throw new Error(`The demo is not in this build: ${name} is missing.`);
          return new File([await response.blob()], name);
        }),
      );
      startUploads(files.map((file) => ({ path: file.name, bytes: file.size, data: file })));
    },
  });
  if (there.data !== true) return <span />;
  return (
    <div>
      {bring.isPending ? (
        <p role="status" className="flex items-center gap-1.5 text-accent">
          <StateMark kind="working" /> Fetching the demo
        </p>
      ) : (
        <button
          type="button"
          onClick={() => bring.mutate()}
          className="min-h-6 font-medium text-accent hover:underline pointer-coarse:min-h-11"
        >
          Use the demo
        </button>
      )}
      <p className="text-label text-ink-2">drinks that we drew, 10 labels, and a network that knows them</p>
      {bring.error && <ErrorNotice error={bring.error} />}
    </div>
  );
}
