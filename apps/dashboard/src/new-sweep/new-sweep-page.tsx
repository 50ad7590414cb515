'use client';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect, useMemo, useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView, DeviceView, ModelView } from '../client/views.ts';
import { Button, SubmitButton } from '../frame/button.tsx';
import { classNames } from '../frame/class-names.ts';
import { EstimateSection } from './estimate-section.tsx';
import { ExpertDrawer } from './expert-drawer.tsx';
import { Key } from './goal-inputs.tsx';
import { type FleetClass, GoalSentence } from './goal-sentence.tsx';
import { DEFAULTS, definitionOf, fileOf, type SweepWish } from './sweep-wish.ts';

/** The goal is a sentence of inputs; whether it can be reached and what it takes stands under it before anything starts. */
export function NewSweepPage() {
  const models = useQuery(asks.models.list.queryOptions());
  const datasets = useQuery(asks.datasets.list.queryOptions());
  const devices = useQuery(asks.devices.list.queryOptions());
  const error = models.error ?? datasets.error ?? devices.error;
  if (error)
    return (
      <div className="p-6">
        <h1 className="text-title">New sweep</h1>
        <ErrorNotice error={error} />
      </div>
    );
  if (!models.data || !datasets.data || !devices.data) return null;
  return (
    <WishForm
      models={models.data.filter((one) => one.state.kind === 'ready')}
      datasets={datasets.data.filter((one) => one.state.kind === 'ready')}
      devices={devices.data.filter((one) => one.state === 'active')}
    />
  );
}

interface Ready {
  readonly models: readonly ModelView[];
  readonly datasets: readonly DatasetView[];
  readonly devices: readonly DeviceView[];
}

function WishForm({ models, datasets, devices }: Ready) {
  const router = useRouter();
  const [wish, change] = useWish({ models, datasets });
  const [expert, setExpert] = useState(wish.recipes.length > 0);
  const classes = useMemo(() => classesOf(devices), [devices]);
  const names = useMemo(() => classNames(classes), [classes]);
  const start = useMutation(asks.sweeps.start.mutationOptions({ onSuccess: (sweep) => router.push(`/sweep?id=${sweep.id}`) }));
  const definition = definitionOf(
    wish,
    classes.map((one) => one.id),
  );
  const whole = typeof definition === 'string' ? undefined : definition;
  const estimate = useEstimate(classes.length > 0 ? whole : undefined);
  const submit = () => whole && !start.isPending && start.mutate(whole);
  const file = whole && fileOf(whole);
  const drop = Number(wish.drop.replace(',', '.'));
  return (
    <form
      className="xl:grid xl:grid-cols-[minmax(0,1fr)_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && submit()}
    >
      <div className="mx-auto w-full max-w-[780px] px-6 py-4 max-sm:px-4">
        <Heading expert={expert} onExpert={() => setExpert(!expert)} />
        <Missing {...{ models, datasets, devices }} />
        <GoalSentence {...{ models, datasets, classes, names, wish, change }} />
        {estimate.data && (
          <EstimateSection estimate={estimate.data} names={names} drop={wish.drop.trim() === '' || Number.isNaN(drop) ? undefined : drop} />
        )}
        {estimate.error && (
          <div className="mt-4">
            <ErrorNotice error={estimate.error} />
          </div>
        )}
        <div className="mt-6 flex flex-wrap items-center gap-3">
          <SubmitButton kind="primary" disabled={!whole || classes.length === 0 || start.isPending}>
            Start sweep
          </SubmitButton>
          {file !== undefined && <Button onClick={() => save(file)}>Save as file</Button>}
          {typeof definition === 'string' ? (
            <p className="text-warn">{definition}</p>
          ) : (
            <p className="text-label text-ink-3 max-sm:hidden">
              <Key>Ctrl</Key> <Key>Enter</Key> starts
            </p>
          )}
        </div>
        {start.error && (
          <div className="mt-3">
            <ErrorNotice error={start.error} />
          </div>
        )}
      </div>
      {expert && <ExpertDrawer wish={wish} change={change} estimate={estimate.data} file={file} onClose={() => setExpert(false)} />}
    </form>
  );
}

function Heading({ expert, onExpert }: { readonly expert: boolean; readonly onExpert: () => void }) {
  return (
    <>
      <nav aria-label="Breadcrumb" className="text-label text-ink-3">
        <Link href="/" className="hover:text-ink">
          Sweeps
        </Link>{' '}
        / New
      </nav>
      <div className="flex items-center justify-between">
        <h1 className="text-title">New sweep</h1>
        <Button kind="quiet" aria-expanded={expert} onClick={onExpert}>
          Expert
        </Button>
      </div>
    </>
  );
}

/** What is wished: from the address where a page led here, else what most people want. */
function useWish({ models, datasets }: Pick<Ready, 'models' | 'datasets'>) {
  const address = useSearchParams();
  const [wish, setWish] = useState<SweepWish>(() => {
    const dataset = address.get('dataset') ?? datasets[0]?.id ?? '';
    const most = datasets.find((one) => one.id === dataset)?.splits?.validation ?? 1_000;
    const recipes = address.getAll('recipe');
    return {
      ...DEFAULTS,
      model: address.get('model') ?? models[0]?.id ?? '',
      dataset,
      drop: address.get('drop') ?? '1.0',
      latency: {},
      size: undefined,
      aim: 'latency',
      without: [],
      images: address.get('images') ?? String(Math.min(1_000, most)),
      recipes,
      ...(recipes.length > 0 ? { candidates: String(recipes.length) } : {}),
    };
  });
  return [wish, (part: Partial<SweepWish>) => setWish((before) => ({ ...before, ...part }))] as const;
}

type Definition = Exclude<ReturnType<typeof definitionOf>, string>;

/** What the sweep would take, a moment after the last change. */
function useEstimate(definition: Definition | undefined) {
  const key = JSON.stringify(definition ?? null);
  const [settled, setSettled] = useState<Definition | undefined>(definition);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(definition), 250);
    return () => clearTimeout(timer);
  }, [key]);
  return useQuery(
    asks.sweeps.estimate.queryOptions(settled ?? { model: '-', dataset: '-' }, {
      enabled: settled !== undefined,
      placeholderData: keepPreviousData,
    }),
  );
}

function classesOf(devices: readonly DeviceView[]): readonly FleetClass[] {
  const found = new Map(devices.map((one) => [String(one.classId), { id: one.classId, label: one.classLabel, position: one.position }]));
  return [...found.values()].filter((one) => one.label !== '').sort((a, b) => a.position - b.position);
}

function Missing({ models, datasets, devices }: Ready) {
  const missing = [models.length === 0 && 'a model', datasets.length === 0 && 'a dataset', devices.length === 0 && 'a device'].filter(
    Boolean,
  );
  if (missing.length === 0) return null;
  return (
    <p className="mt-3 rounded-control bg-warn-weak px-3 py-2">
      Still to come: {missing.join(', ')}. The{' '}
      <Link href="/" className="font-medium text-accent underline">
        first steps
      </Link>{' '}
      say how.
    </p>
  );
}

function save(text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  link.download = 'fleetfit.sweep.yaml';
  link.click();
  URL.revokeObjectURL(link.href);
}
