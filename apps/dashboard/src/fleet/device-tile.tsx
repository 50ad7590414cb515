'use client';
import { sayBytes, sayClock, sayCount } from '@fleetfit/sweep/say-numbers';
import Link from 'next/link';
import { useState } from 'react';
import type { DeviceView } from '../client/views.ts';
import { Icon, type IconName, StateMark } from '../frame/icon.tsx';
import { deviceState } from './device-state.ts';
import { ManageDevice } from './manage-device.tsx';
import { sayDrift, sayHeat, sayPower } from './say-health.ts';

/** One device: its state in shape and word, what it does now or why it waits, its health, and what it has measured. */
export function DeviceTile({ device, now }: { readonly device: DeviceView; readonly now: number | undefined }) {
  const [managing, setManaging] = useState(false);
  const state = deviceState(device, now);
  const off = state.mark === 'off';
  return (
    <li className={`flex min-h-36 flex-col rounded-tile border border-line px-4 py-3 ${off ? 'bg-canvas' : 'bg-surface'}`}>
      <div className="flex items-center justify-between gap-2">
        <h3 className="truncate font-semibold">{device.name}</h3>
        <button
          type="button"
          aria-label={`Name, tags, pause and revoke of ${device.name}`}
          aria-expanded={managing}
          onClick={() => setManaging(!managing)}
          className="-mr-1.5 grid size-6 shrink-0 place-items-center rounded-pill text-ink-2 hover:bg-sunken pointer-coarse:size-11"
        >
          <Icon name="more" />
        </button>
      </div>
      <p className={`flex items-center gap-1.5 font-medium ${state.tone}`}>
        <StateMark kind={state.mark} />
        {state.word}
        {state.candidate && device.doing.kind === 'measuring' && (
          <Link
            href={`/candidate?sweep=${device.doing.sweep}&id=${state.candidate}`}
            prefetch={false}
            className="font-mono text-label text-ink hover:underline"
          >
            {state.candidate}
          </Link>
        )}
        {state.done !== undefined && <span className="truncate text-label font-normal text-ink-3">{state.detail}</span>}
      </p>
      {state.done === undefined ? (
        <p className="mt-1 flex-1 text-label text-ink-2">{sentence(state.detail)}</p>
      ) : (
        <div className="flex-1 pt-2">
          <div
            role="progressbar"
            aria-label={`${device.name}, ${state.detail}`}
            aria-valuenow={Math.round(state.done * 100)}
            className="h-1 overflow-hidden rounded-pill bg-line"
          >
            <div className="h-full bg-accent transition-[width] duration-300" style={{ width: `${state.done * 100}%` }} />
          </div>
        </div>
      )}
      <Health device={device} />
      {device.tags.length > 0 && (
        <ul aria-label="Tags" className="mt-2 flex flex-wrap gap-1">
          {device.tags.map((tag) => (
            <li key={tag} className="rounded-pill bg-sunken px-1.5 text-label text-ink-2">
              {tag}
            </li>
          ))}
        </ul>
      )}
      {device.reports.length > 0 && <Reports device={device} />}
      {managing && <ManageDevice device={device} onDone={() => setManaging(false)} />}
    </li>
  );
}

function Health({ device }: { readonly device: DeviceView }) {
  const { health, online } = device;
  // What a device said before it went away says nothing of now.
  const fresh = online ? health : undefined;
  const power = fresh && sayPower(fresh);
  return (
    <dl className="mt-3 grid grid-cols-2 gap-x-4 border-t border-line pt-2 text-label text-ink-2">
      <Fact name="Heat" icon="heat" said={fresh && sayHeat(fresh)} />
      <Fact name="Power" icon={power?.icon ?? 'plug'} said={power} />
      <Fact name="Control" said={health && sayDrift(health)} title="How the original runs against its usual time on this device" />
      <div className="flex items-center gap-1.5">
        <dt className="sr-only">Memory</dt>
        <dd>{sayBytes(device.facts.memoryBytes)}</dd>
        {fresh?.metered && <dd className="text-warn">metered</dd>}
        {fresh?.hidden && <dd className="text-warn">hidden</dd>}
      </div>
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  /** Stands for the name, which is then only heard. */
  readonly icon?: IconName;
  readonly said: { readonly words: string; readonly warns?: boolean } | undefined;
  readonly title?: string;
}

function Fact({ name, icon, said, title }: FactProps) {
  return (
    <div className={`flex items-center gap-1.5 ${said?.warns ? 'text-warn' : ''}`}>
      {icon && <Icon name={icon} size={14} className="shrink-0" />}
      <dt className={icon ? 'sr-only' : ''} title={title}>
        {name}
      </dt>
      <dd className={icon ? '' : 'font-medium'}>{said?.words ?? '–'}</dd>
    </div>
  );
}

/** What it sent last, newest first. */
function Reports({ device }: { readonly device: DeviceView }) {
  const [last] = device.reports;
  return (
    <details className="mt-2 text-label">
      <summary className="min-h-6 text-ink-3">
        {sayCount(device.measured)} {device.measured === 1 ? 'job' : 'jobs'} measured{last && `, last ${sayClock(last.at)}`}
      </summary>
      <ul className="mt-1 flex flex-col gap-0.5">
        {device.reports.map((report) => (
          <li key={`${report.at} ${report.candidate}`} className="flex gap-2">
            <span className="text-ink-3">{sayClock(report.at)}</span>
            <Link href={`/candidate?sweep=${report.sweep}&id=${report.candidate}`} prefetch={false} className="font-mono hover:underline">
              {report.candidate}
            </Link>
            <span className={`min-w-0 flex-1 truncate ${report.result === 'measured' ? 'text-ink-2' : 'text-bad'}`} title={report.what}>
              {report.result === 'measured' ? report.what : `${report.result}: ${report.what}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
