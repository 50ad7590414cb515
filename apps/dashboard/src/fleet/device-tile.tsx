'use client';
import { sayBytes, sayCount } from '@fleetfit/sweep/say-numbers';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DeviceView } from '../client/views.ts';
import { Button, SubmitButton } from '../frame/button.tsx';
import { Icon, StateMark } from '../frame/icon.tsx';
import { deviceState } from './device-state.ts';

/** One device: its state in shape and word, what it does now or why it waits, and what it has measured. */
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
          aria-label={`Rename or revoke ${device.name}`}
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
        {state.candidate && <span className="font-mono text-label text-ink">{state.candidate}</span>}
        {state.done !== undefined && <span className="truncate text-label font-normal text-ink-3">{state.detail}</span>}
      </p>
      {state.done === undefined ? (
        <p className="mt-1 flex-1 text-label text-ink-2">{sentence(state.detail)}</p>
      ) : (
        <div className="flex-1 pt-2">
          <div className="h-1 overflow-hidden rounded-pill bg-line">
            <div className="h-full bg-accent transition-[width] duration-300" style={{ width: `${state.done * 100}%` }} />
          </div>
        </div>
      )}
      <p className="mt-3 flex flex-wrap justify-between gap-x-4 border-t border-line pt-2 text-label text-ink-3">
        <span>{sayBytes(device.facts.memoryBytes)} memory</span>
        <span>
          {sayCount(device.measured)} {device.measured === 1 ? 'job' : 'jobs'} measured
        </span>
      </p>
      {managing && <Manage device={device} onDone={() => setManaging(false)} />}
    </li>
  );
}

function Manage({ device, onDone }: { readonly device: DeviceView; readonly onDone: () => void }) {
  const [name, setName] = useState(device.name);
  const [sure, setSure] = useState(false);
  const rename = useMutation(asks.devices.rename.mutationOptions({ onSuccess: onDone }));
  const revoke = useMutation(asks.devices.revoke.mutationOptions({ onSuccess: onDone }));
  const error = rename.error ?? revoke.error;
  return (
    <form
      className="mt-3 flex flex-col gap-2 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate({ id: device.id, name });
      }}
    >
      <label className="flex items-center gap-2 text-label text-ink-3">
        Name
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="h-8 min-w-0 flex-1 rounded-control border border-line-2 bg-surface px-2 text-body text-ink pointer-coarse:h-11"
        />
      </label>
      <div className="flex flex-wrap gap-2">
        <SubmitButton>Rename</SubmitButton>
        <Button kind="danger" onClick={() => (sure ? revoke.mutate({ id: device.id }) : setSure(true))} disabled={revoke.isPending}>
          {sure ? 'Revoke for good' : 'Revoke'}
        </Button>
      </div>
      {sure && (
        <p className="text-label text-ink-2">
          Its key is refused from now on; what it has measured stays. To come back it must join again.
        </p>
      )}
      {error && <ErrorNotice error={error} />}
    </form>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
