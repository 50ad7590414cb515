'use client';
import { useSyncExternalStore } from 'react';
import { fleet } from '../client/fleet-client.tsx';
import { bytesBefore, type Cursor, START } from './next-batch.ts';
import { type DroppedFile, type Plan, type PlannedUpload, planUploads } from './plan-uploads.ts';
import { cancelUpload, sendUpload } from './send-upload.ts';

/** An upload as pages see it. It goes on while people look at other pages. */
export interface Upload {
  readonly id: string;
  readonly kind: PlannedUpload['kind'];
  readonly name: string;
  readonly bytes: number;
  readonly sent: number;
  readonly state:
    | { readonly kind: 'waiting' | 'sending' | 'adding' }
    | { readonly kind: 'stopped'; readonly why: string; readonly next: string | undefined };
  /** ms left at the pace of the last seconds. */
  readonly leftMs: number | undefined;
}

interface Running {
  readonly planned: PlannedUpload;
  at: Cursor;
  readonly abort: AbortController;
  /** Resolves with the dataset that it became. */
  readonly added: Promise<string | undefined>;
  readonly tellAdded: (id: string | undefined) => void;
  /** A dataset that came with it: for the doctor. */
  readonly beside: Running | undefined;
  readonly paces: { readonly at: number; readonly sent: number }[];
}

/** Two at a time: the second goes on while the first is being taken in. */
const AT_ONCE = 2;
const PACE_MS = 5_000;

const running = new Map<string, Running>();
let shown: readonly Upload[] = [];
let refused: readonly string[] = [];
const ears = new Set<() => void>();

/** All uploads of this tab, in the order in which they came. */
export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(
    hear,
    () => shown,
    () => NONE,
  );
}

/** What was dropped last and cannot be taken: a sentence each. */
export function useRefused(): readonly string[] {
  return useSyncExternalStore(
    hear,
    () => refused,
    () => NO_SENTENCES,
  );
}

const NONE: readonly Upload[] = [];
const NO_SENTENCES: readonly string[] = [];

/** Starts to send what was dropped, models and datasets at once. */
export function startUploads(files: readonly DroppedFile[]): Plan {
  const plan = planUploads(files);
  refused = plan.refused;
  // Datasets first: a model that came with one has it examined on it.
  const datasets = plan.uploads.filter((each) => each.kind === 'dataset').map((each) => enter(each, undefined));
  for (const each of plan.uploads) if (each.kind === 'model') enter(each, datasets[0]);
  tell();
  advance();
  return plan;
}

/** Whether leaving the page would cut something off. */
export function isUploading(): boolean {
  return shown.some(({ state }) => state.kind !== 'stopped');
}

export function forgetRefused(): void {
  refused = NO_SENTENCES;
  tell();
}

/** Ends an upload and removes what came of it. */
export function stopUpload(id: string): void {
  const one = running.get(id);
  if (!one) return;
  one.abort.abort();
  leave(id, undefined);
  void cancelUpload(id);
}

/** Goes on with one that stopped. */
export function resumeUpload(id: string): void {
  change(id, { state: { kind: 'waiting' } });
  advance();
}

function enter(planned: PlannedUpload, beside: Running | undefined): Running {
  const id = crypto.randomUUID();
  let tellAdded: Running['tellAdded'] = () => {};
  const added = new Promise<string | undefined>((resolve) => {
    tellAdded = resolve;
  });
  const one: Running = { planned, at: START, abort: new AbortController(), added, tellAdded, beside, paces: [] };
  running.set(id, one);
  const bytes = planned.files.reduce((sum, file) => sum + file.bytes, 0);
  shown = [...shown, { id, kind: planned.kind, name: planned.name, bytes, sent: 0, state: { kind: 'waiting' }, leftMs: undefined }];
  return one;
}

function advance(): void {
  const busy = shown.filter(({ state }) => state.kind === 'sending').length;
  for (const { id } of shown.filter(({ state }) => state.kind === 'waiting').slice(0, AT_ONCE - busy)) void send(id);
}

async function send(id: string): Promise<void> {
  const one = running.get(id);
  if (!one) return;
  change(id, { state: { kind: 'sending' } });
  const { files } = one.planned;
  try {
    await sendUpload({
      id,
      files,
      from: one.at,
      signal: one.abort.signal,
      onProgress: (at, sent) => {
        one.at = at;
        change(id, { sent, leftMs: leftOf(one, sent) });
      },
    });
    change(id, { state: { kind: 'adding' }, sent: bytesBefore(files, { file: files.length, offset: 0 }) });
    advance();
    leave(id, await add(id, one));
  } catch (thrown) {
    if (one.abort.signal.aborted) return;
    const next = thrown instanceof Error && 'next' in thrown && typeof thrown.next === 'string' ? thrown.next : undefined;
    change(id, { state: { kind: 'stopped', why: thrown instanceof Error ? thrown.message : String(thrown), next } });
    advance();
  }
}

/** The files are there: the import begins, and the list shows it from now on. */
async function add(id: string, { planned, beside }: Running): Promise<string> {
  const { name } = planned;
  if (planned.kind === 'dataset') return (await fleet.datasets.addUploaded.mutate({ upload: id, name })).id;
  const dataset = planned.hasSidecar ? undefined : ((await beside?.added) ?? (await onlyDataset()));
  return (await fleet.models.addUploaded.mutate({ upload: id, name, ...(dataset !== undefined && { dataset }) })).id;
}

/** The doctor's images, where there is no choice. */
async function onlyDataset(): Promise<string | undefined> {
  const all = (await fleet.datasets.list.query()).filter(({ state }) => state.kind !== 'failed');
  return all.length === 1 ? all[0]?.id : undefined;
}

function leftOf({ planned, paces }: Running, sent: number): number | undefined {
  const now = performance.now();
  paces.push({ at: now, sent });
  while ((paces[0]?.at ?? now) < now - PACE_MS) paces.shift();
  const [first] = paces;
  const bytes = planned.files.reduce((sum, file) => sum + file.bytes, 0);
  if (!first || now - first.at < 500 || sent <= first.sent) return undefined;
  return ((bytes - sent) / (sent - first.sent)) * (now - first.at);
}

function leave(id: string, added: string | undefined): void {
  running.get(id)?.tellAdded(added);
  running.delete(id);
  shown = shown.filter((each) => each.id !== id);
  tell();
  advance();
}

function change(id: string, to: Partial<Upload>): void {
  shown = shown.map((each) => (each.id === id ? { ...each, ...to } : each));
  tell();
}

function tell(): void {
  for (const ear of ears) ear();
}

function hear(ear: () => void): () => void {
  ears.add(ear);
  return () => ears.delete(ear);
}
