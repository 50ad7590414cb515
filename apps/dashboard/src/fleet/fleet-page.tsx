'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { asks, fleet } from '../client/fleet-client.tsx';
import { Empty, StreamLine } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import { useLive } from '../client/use-live.ts';
import { useNow } from '../client/use-now.ts';
import type { DeviceView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, classNames } from '../frame/class-names.ts';
import { StateMark } from '../frame/icon.tsx';
import { SearchField } from '../frame/search-field.tsx';
import { AddDevice } from './add-device.tsx';
import { deviceState } from './device-state.ts';
import { DeviceTile } from './device-tile.tsx';
import { UseThisComputer } from './use-this-computer.tsx';

/** The devices, by class: what each does now, and how to let one in. */
export function FleetPage() {
  const { view, stream } = useLive<readonly DeviceView[]>('devices', (listener) => fleet.devices.watch.subscribe(undefined, listener));
  const [adding, setAdding] = useState<boolean | undefined>(undefined);
  const devices = (view ?? []).filter((device) => device.state === 'active');
  const pending = (view ?? []).filter((device) => device.state === 'pending');
  // The panel is there when there is something to do in it; a click decides otherwise.
  const open = adding ?? (view !== undefined && (devices.length === 0 || pending.length > 0));
  return (
    <>
      <StreamLine stream={stream} />
      <div className={open ? 'max-lg:flex max-lg:flex-col lg:grid lg:min-h-dvh lg:grid-cols-[minmax(0,1fr)_320px]' : ''}>
        <div className="min-w-0">{view && <Fleet devices={devices} onAdd={() => setAdding(!open)} adding={open} />}</div>
        {open && <AddDevice pending={pending} onClose={() => setAdding(false)} />}
      </div>
    </>
  );
}

interface FleetProps {
  readonly devices: readonly DeviceView[];
  readonly onAdd: () => void;
  readonly adding: boolean;
}

function Fleet({ devices, onAdd, adding }: FleetProps) {
  const now = useNow(5);
  const [text, setText] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useKeys({
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });
  const classes = useMemo(() => classesOf(devices), [devices]);
  const names = useMemo(() => classNames(classes), [classes]);
  const matches = (device: DeviceView) =>
    `${device.name} ${device.classLabel} ${device.tags.join(' ')}`.toLowerCase().includes(text.trim().toLowerCase());
  return (
    <>
      <header className="border-b border-line px-6 py-4 max-sm:px-4">
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="flex-1 text-title">Fleet</h1>
          {devices.length > 0 && (
            <SearchField
              label="Filter devices"
              placeholder="Filter devices"
              value={text}
              onChange={setText}
              input={search}
              className="max-sm:flex-1"
            />
          )}
          {devices.length > 0 && <PauseAll devices={devices} />}
          <Button kind={adding ? 'plain' : 'primary'} icon="plus" aria-expanded={adding} onClick={onAdd}>
            Add a device
          </Button>
        </div>
        <Counts devices={devices} classes={classes.length} />
      </header>
      {devices.length === 0 && <NoDevices />}
      {classes.map((one) => {
        const shown = one.devices.filter(matches);
        if (shown.length === 0) return null;
        return <ClassSection key={one.id} deviceClass={one} name={names.get(one.id)} shown={shown} now={now} />;
      })}
    </>
  );
}

/** Pauses every device, or resumes them where all are paused. What is in hand is finished. */
function PauseAll({ devices }: { readonly devices: readonly DeviceView[] }) {
  const pause = useMutation(asks.devices.pause.mutationOptions());
  const resume = useMutation(asks.devices.resume.mutationOptions());
  const paused = devices.every((device) => device.paused);
  const act = paused ? resume : pause;
  return (
    <Button
      icon={paused ? 'play' : 'pause'}
      disabled={pause.isPending || resume.isPending}
      onClick={() => {
        for (const device of devices) if (device.paused === paused) act.mutate({ id: device.id });
      }}
    >
      {paused ? 'Resume all' : 'Pause all'}
    </Button>
  );
}

function NoDevices() {
  return (
    <Empty title="Devices will be here, by class">
      <p>
        Devices with the same chip, system, runtime and threads measure alike and share a class. Add a first one: a phone by its code, a
        camera or computer by a command, or
      </p>
      <UseThisComputer words="use this computer" />
    </Empty>
  );
}

interface FleetClass {
  readonly id: string;
  readonly label: string;
  readonly position: number;
  readonly devices: readonly DeviceView[];
}

interface ClassSectionProps {
  readonly deviceClass: FleetClass;
  readonly name: ClassName | undefined;
  readonly shown: readonly DeviceView[];
  readonly now: number | undefined;
}

function ClassSection({ deviceClass, name, shown, now }: ClassSectionProps) {
  const online = deviceClass.devices.filter((device) => device.online).length;
  const [{ facts } = { facts: undefined }] = deviceClass.devices;
  return (
    <section aria-label={deviceClass.label} className="border-b border-line px-6 py-4 max-sm:px-4">
      <h2 className="flex items-baseline gap-2 text-section">
        <ClassMark position={deviceClass.position} />
        <span className="min-w-0">
          {name?.name} <span className="font-normal text-ink-3">{name?.rest}</span>
        </span>
        <span className="ml-auto text-label font-normal whitespace-nowrap text-ink-2">
          {sayCount(online)} of {sayCount(deviceClass.devices.length)} online
        </span>
      </h2>
      {facts && (
        <p className="pl-5 text-label text-ink-3">
          {facts.os}, {facts.arch}, onnxruntime-{facts.runtime} {facts.runtimeVersion}
        </p>
      )}
      <ul className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-4 max-sm:grid-cols-1">
        {shown.map((device) => (
          <DeviceTile key={device.id} device={device} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Counts({ devices, classes }: { readonly devices: readonly DeviceView[]; readonly classes: number }) {
  if (devices.length === 0) return null;
  const words = new Map<string, { count: number; mark: 'working' | 'waiting' | 'off' | 'done'; tone: string }>();
  for (const device of devices) {
    const state = deviceState(device);
    words.set(state.word, { count: (words.get(state.word)?.count ?? 0) + 1, mark: state.mark, tone: state.tone });
  }
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-ink-2">
      <span>
        <strong className="text-ink">{sayCount(devices.length)}</strong> {devices.length === 1 ? 'device' : 'devices'} in{' '}
        {sayCount(classes)} {classes === 1 ? 'class' : 'classes'}
      </span>
      {[...words].map(([word, { count, mark, tone }]) => (
        <span key={word} className="flex items-center gap-1.5">
          <span className={tone}>
            <StateMark kind={mark} />
          </span>
          {sayCount(count)} {word.toLowerCase()}
        </span>
      ))}
    </p>
  );
}

function classesOf(devices: readonly DeviceView[]): readonly FleetClass[] {
  const classes = new Map<string, FleetClass>();
  for (const device of devices) {
    const known = classes.get(device.classId);
    classes.set(device.classId, {
      id: device.classId,
      label: device.classLabel,
      position: device.position,
      devices: [...(known?.devices ?? []), device],
    });
  }
  return [...classes.values()].sort((a, b) => a.position - b.position);
}
