'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { JoinLink } from '../fleet/add-device.tsx';
import { LinkButton } from '../frame/button.tsx';
import { Command } from '../frame/copy-button.tsx';
import { Icon, StateMark } from '../frame/icon.tsx';
import { ExampleFront } from './example-front.tsx';

const OFTEN = { refetchInterval: 3_000 } as const;

/** What to do first, and what comes of it: three steps, the first unfinished one is the live one. */
export function FirstRun() {
  const { active, pending, model, dataset } = useWhatIsThere();
  const brought = model && dataset ? `${model.name} and ${dataset.name} are here.` : undefined;
  const come = active > 0 ? `${sayCount(active)} ${active === 1 ? 'device is' : 'devices are'} in.` : undefined;
  const live = come === undefined ? 1 : brought === undefined ? 2 : 3;
  return (
    <div className="mx-auto max-w-[860px] px-6 py-14 max-sm:px-4 max-sm:py-6">
      <h1 className="text-hero tracking-tight">Find the version of your model that fits each device</h1>
      <p className="mt-2 max-w-[62ch] text-[15px] leading-6 text-ink-2">
        Fleetfit makes smaller versions of it, runs them on your own cameras and computers, and shows which one to ship to which.
      </p>
      <ol className="mt-10">
        <Step number={1} live={live} title="Add a device" done={come}>
          <AddFirstDevice pending={pending} />
        </Step>
        <Step number={2} live={live} title="Bring a model and labelled images" done={brought}>
          <Bring model={model?.name} dataset={dataset?.name} />
        </Step>
        <Step number={3} live={live} title="Say what it must do" done={undefined} last>
          <SayGoal model={model?.id ?? 'model'} dataset={dataset?.id ?? 'images'} ready={live === 3} />
        </Step>
      </ol>
    </div>
  );
}

function useWhatIsThere() {
  const devices = useQuery(asks.devices.list.queryOptions(undefined, OFTEN)).data ?? [];
  const [model] = useQuery(asks.models.list.queryOptions(undefined, OFTEN)).data ?? [];
  const [dataset] = useQuery(asks.datasets.list.queryOptions(undefined, OFTEN)).data ?? [];
  const count = (state: string) => devices.filter((device) => device.state === state).length;
  return { active: count('active'), pending: count('pending'), model, dataset };
}

function AddFirstDevice({ pending }: { readonly pending: number }) {
  return (
    <>
      <p className="text-ink-2">Run this on a camera or another computer on the same network:</p>
      <JoinLink />
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 text-ink-2">
        <p className="flex items-center gap-2">
          <StateMark kind={pending > 0 ? 'waiting' : 'off'} />
          {pending > 0 ? (
            <Link href="/fleet" className="font-medium text-accent">
              {pending === 1 ? 'A device waits' : `${pending} devices wait`} for you: compare the two words
            </Link>
          ) : (
            'Waiting for a first device. Or use this computer:'
          )}
        </p>
        {pending === 0 && <Command text="fleetfit device add --here" />}
      </div>
    </>
  );
}

function Bring({ model, dataset }: { readonly model: string | undefined; readonly dataset: string | undefined }) {
  return (
    <>
      <p className="text-ink-2">
        An ONNX file, and a folder with one subfolder per label. Fleetfit works out the preprocessing and shows it to you.
      </p>
      <div className="mt-3 flex flex-col gap-2">
        <Brought is={dataset}>
          <Command text="fleetfit dataset add images/" />
        </Brought>
        <Brought is={model}>
          <Command text="fleetfit model add model.onnx --dataset images" />
        </Brought>
      </div>
      <p className="mt-3 text-ink-2">
        Or see it all on an example of ours first: <code className="font-mono text-label text-ink">npm run demo</code>
      </p>
    </>
  );
}

function SayGoal({ model, dataset, ready }: { readonly model: string; readonly dataset: string; readonly ready: boolean }) {
  return (
    <>
      <p className="text-ink-2">
        One line, such as <strong className="text-ink">at most 20 ms, lose at most 1 point</strong>. Then watch this fill up:
      </p>
      {ready && <LinkButton href="/new-sweep">Start a sweep</LinkButton>}
      <div className="mt-3">
        <Command text={`fleetfit sweep run --model ${model} --dataset ${dataset} --max-latency 20 --max-drop 1`} />
      </div>
      <ExampleFront />
      <p className="text-label text-ink-3">Example. Each mark is one version measured on one class of device; bars are 95 % intervals.</p>
    </>
  );
}

interface StepProps {
  readonly number: number;
  readonly live: number;
  readonly title: string;
  readonly done: string | undefined;
  readonly last?: boolean;
  readonly children: ReactNode;
}

function Step({ number, live, title, done, last = false, children }: StepProps) {
  const now = number === live;
  return (
    <li aria-current={now ? 'step' : undefined} className="relative grid grid-cols-[28px_minmax(0,1fr)] gap-x-4 pb-10 max-sm:gap-x-3">
      {!last && <span aria-hidden="true" className="absolute top-9 bottom-2 left-[13.5px] w-px bg-line-2" />}
      <span
        aria-hidden="true"
        className={`grid size-7 place-items-center rounded-full border text-label font-semibold ${now ? 'border-accent bg-accent text-on-accent' : 'border-line-2 text-ink-3'}`}
      >
        {done ? <Icon name="check" size={14} className="text-accent" /> : number}
      </span>
      <div className="min-w-0">
        <h2 className="pt-1 text-section">{title}</h2>
        {done ? <p className="text-ink-2">{done}</p> : children}
      </div>
    </li>
  );
}

function Brought({ is, children }: { readonly is: string | undefined; readonly children: ReactNode }) {
  if (is === undefined) return children;
  return (
    <p className="flex items-center gap-2">
      <Icon name="check" size={14} className="text-accent" />
      {is}
    </p>
  );
}
