'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactNode, useMemo, useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView, DeviceView, ModelView } from '../client/views.ts';
import { Button, SubmitButton } from '../frame/button.tsx';
import { ClassMark } from '../frame/class-mark.tsx';
import { classNames, nameOf } from '../frame/class-names.ts';
import { CopyButton } from '../frame/copy-button.tsx';
import { definitionOf, fileOf, type SweepWish } from './sweep-wish.ts';

/** The goal is a sentence of inputs; the file beside it says the same. */
export function NewSweepPage() {
  const models = useQuery(asks.models.list.queryOptions());
  const datasets = useQuery(asks.datasets.list.queryOptions());
  const devices = useQuery(asks.devices.list.queryOptions());
  const error = models.error ?? datasets.error ?? devices.error;
  if (error)
    return (
      <div className="p-6">
        <ErrorNotice error={error} />
      </div>
    );
  if (!models.data || !datasets.data || !devices.data) return null;
  const ready = {
    models: models.data.filter((one) => one.state.kind === 'ready'),
    datasets: datasets.data.filter((one) => one.state.kind === 'ready'),
    devices: devices.data.filter((one) => one.state === 'active'),
  };
  return (
    <div className="mx-auto max-w-[860px] px-6 py-4 max-sm:px-4">
      <nav aria-label="Breadcrumb" className="text-label text-ink-3">
        <Link href="/" className="hover:text-ink">
          Sweeps
        </Link>{' '}
        / New
      </nav>
      <h1 className="text-title">New sweep</h1>
      <Missing {...ready} />
      <WishForm {...ready} />
    </div>
  );
}

interface Ready {
  readonly models: readonly ModelView[];
  readonly datasets: readonly DatasetView[];
  readonly devices: readonly DeviceView[];
}

function Missing({ models, datasets, devices }: Ready) {
  const missing = [models.length === 0 && 'a model', datasets.length === 0 && 'a dataset', devices.length === 0 && 'a device'].filter(
    Boolean,
  );
  if (missing.length === 0) return null;
  return (
    <p className="mt-3 rounded-control bg-warn-weak px-3 py-2">
      Still to come: {missing.join(', ')}. The{' '}
      <Link href="/" className="font-medium text-accent">
        first steps
      </Link>{' '}
      say how.
    </p>
  );
}

function WishForm({ models, datasets, devices }: Ready) {
  const router = useRouter();
  const [wish, setWish] = useState<SweepWish>({
    model: models[0]?.id ?? '',
    dataset: datasets[0]?.id ?? '',
    drop: '1.0',
    latency: {},
    candidates: '24',
    images: String(Math.min(1_000, datasets[0]?.splits?.validation ?? 1_000)),
  });
  const start = useMutation(asks.sweeps.start.mutationOptions({ onSuccess: (sweep) => router.push(`/sweep?id=${sweep.id}`) }));
  const definition = definitionOf(wish);
  const change = (part: Partial<SweepWish>) => setWish({ ...wish, ...part });
  const submit = () => typeof definition !== 'string' && !start.isPending && start.mutate(definition);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && submit()}
    >
      <Sentence models={models} datasets={datasets} devices={devices} wish={wish} change={change} />
      <div className="mt-6 flex flex-wrap items-center gap-3 border-t border-line pt-4">
        <SubmitButton kind="primary" disabled={typeof definition === 'string' || start.isPending}>
          Start sweep
        </SubmitButton>
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
      {typeof definition !== 'string' && <AsFile text={fileOf(definition)} />}
    </form>
  );
}

type SentenceProps = Ready & { readonly wish: SweepWish; readonly change: (part: Partial<SweepWish>) => void };

function Sentence({ models, datasets, devices, wish, change }: SentenceProps) {
  return (
    <div className="mt-4 text-[18px] leading-[44px] text-ink-2 pointer-coarse:leading-[54px]">
      Make <Choice label="Model" value={wish.model} options={models} onChange={(model) => change({ model })} /> lose at most{' '}
      <Figure label="Points that may be lost" value={wish.drop} unit="points" onChange={(drop) => change({ drop })} /> of top-1 on{' '}
      <Choice label="Dataset" value={wish.dataset} options={datasets} onChange={(dataset) => change({ dataset })} />,
      <Limits devices={devices} wish={wish} change={change} />
      and then be as fast as possible. Try{' '}
      <Figure label="Candidates" value={wish.candidates} onChange={(candidates) => change({ candidates })} /> candidates, each judged on{' '}
      <Figure label="Images" value={wish.images} onChange={(images) => change({ images })} /> images.
    </div>
  );
}

function Limits({
  devices,
  wish,
  change,
}: {
  readonly devices: readonly DeviceView[];
  readonly wish: SweepWish;
  readonly change: (part: Partial<SweepWish>) => void;
}) {
  const classes = useMemo(() => {
    const found = new Map(devices.map((one) => [one.classId, { id: one.classId, label: one.classLabel, position: one.position }]));
    return [...found.values()].sort((a, b) => a.position - b.position);
  }, [devices]);
  const names = useMemo(() => classNames(classes), [classes]);
  return (
    <ul>
      {classes.map((one) => (
        <li key={one.id}>
          take at most{' '}
          <Figure
            label={`Longest latency on ${nameOf(names, one.id)}`}
            value={wish.latency[one.id] ?? ''}
            unit="ms"
            placeholder="any"
            onChange={(limit) => change({ latency: { ...wish.latency, [one.id]: limit } })}
          />{' '}
          on <ClassMark position={one.position} size={13} /> <strong className="text-ink">{nameOf(names, one.id)}</strong>,
        </li>
      ))}
    </ul>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly id: string; readonly name: string }[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-9 max-w-full rounded-control border border-line-2 bg-surface px-2 font-semibold text-ink pointer-coarse:h-11"
    >
      {options.length === 0 && <option value="">none yet</option>}
      {options.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

function Figure({ label, value, unit, placeholder, onChange }: FigureProps) {
  return (
    <span className="inline-flex h-9 items-center gap-1.5 rounded-control border border-line-2 bg-surface px-2 align-middle leading-none font-semibold text-ink focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent pointer-coarse:h-11">
      <input
        aria-label={unit ? `${label}, ${unit}` : label}
        inputMode="decimal"
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
        className="w-[3.2em] bg-transparent text-right outline-none"
      />
      {unit && <span className="font-normal text-ink-2">{unit}</span>}
    </span>
  );
}

function Key({ children }: { readonly children: ReactNode }) {
  return <kbd className="rounded-pill border border-line-2 px-1.5 py-0.5 font-sans text-axis">{children}</kbd>;
}

function AsFile({ text }: { readonly text: string }) {
  const [open, setOpen] = useState(false);
  return (
    <section className="mt-6">
      <Button kind="quiet" aria-expanded={open} onClick={() => setOpen(!open)} className="-ml-3">
        {open ? 'Hide the file' : 'The same as a file'}
      </Button>
      {open && (
        <div className="mt-1 rounded-control bg-sunken p-3">
          <div className="flex items-center justify-between text-label text-ink-3">
            <span>
              fleetfit.sweep.json, for <code className="font-mono">fleetfit sweep run fleetfit.sweep.json</code>
            </span>
            <CopyButton text={text} label="Copy the file" />
          </div>
          <pre className="mt-1 overflow-x-auto font-mono text-label">{text}</pre>
        </div>
      )}
    </section>
  );
}
