'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import { asks } from '../client/fleet-client.tsx';
import type { DeviceView, SweepView } from '../client/views.ts';
import { deviceState } from '../fleet/device-state.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { StateMark } from '../frame/icon.tsx';
import { isOver } from './sweep-state.ts';

/** What the devices of a sweep do now, one line each. */
export function SweepDevices({ view }: { readonly view: SweepView }) {
  const over = isOver(view.state);
  const devices = useQuery(asks.devices.list.queryOptions(undefined, { refetchInterval: over ? false : 2_000, enabled: !over })).data ?? [];
  const ours = devices.filter((device) => device.state === 'active' && view.classes.some((one) => one.id === device.classId));
  if (over || ours.length === 0) return null;
  const measuring = ours.filter((device) => device.doing.kind === 'measuring').length;
  return (
    <section aria-labelledby="devices" className="border-b border-line px-6 py-3 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h2 id="devices" className="text-section">
          Devices
        </h2>
        <p className="text-label text-ink-2">
          {sayCount(measuring)} of {sayCount(ours.length)} measuring
        </p>
      </div>
      <ul className="mt-1 grid grid-cols-[repeat(auto-fill,minmax(380px,1fr))] gap-x-8 max-sm:grid-cols-1">
        {ours.map((device) => (
          <DeviceLine key={device.id} device={device} />
        ))}
      </ul>
    </section>
  );
}

function DeviceLine({ device }: { readonly device: DeviceView }) {
  const state = deviceState(device);
  return (
    <li className="flex h-6 items-center gap-2">
      <ClassMark position={device.position} size={10} />
      <span className="w-24 shrink-0 truncate">{device.name}</span>
      <span className={`flex min-w-0 items-center gap-1.5 ${state.tone}`}>
        <StateMark kind={state.mark} />
        <span className="truncate">
          {state.word} {state.candidate && <span className="font-mono text-label text-ink">{state.candidate}</span>}{' '}
          <span className="text-label text-ink-3">{state.detail}</span>
        </span>
      </span>
      {state.done !== undefined && (
        <span aria-hidden="true" className="ml-auto h-1 w-12 shrink-0 overflow-hidden rounded-pill bg-line max-sm:hidden">
          <span className="block h-full bg-accent transition-[width] duration-300" style={{ width: `${state.done * 100}%` }} />
        </span>
      )}
    </li>
  );
}
