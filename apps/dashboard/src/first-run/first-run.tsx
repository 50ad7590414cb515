'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { LinkButton } from '../frame/button.tsx';
import { Icon } from '../frame/icon.tsx';
import { ExampleFront } from './example-front.tsx';
import { FirstDevice } from './first-device.tsx';
import { FirstModel } from './first-model.tsx';

const OFTEN = { refetchInterval: 2_000 } as const;

/** What to do first, and what comes of it: three steps, the first unfinished one is the live one. */
export function FirstRun() {
  const devices = useQuery(asks.devices.list.queryOptions(undefined, OFTEN)).data ?? [];
  const models = useQuery(asks.models.list.queryOptions(undefined, OFTEN)).data ?? [];
  const datasets = useQuery(asks.datasets.list.queryOptions(undefined, OFTEN)).data ?? [];
  const active = devices.filter((device) => device.state === 'active').length;
  const model = models.find((one) => one.state.kind === 'ready' && one.sidecar !== undefined);
  const dataset = datasets.find((one) => one.state.kind === 'ready');
  const come = active > 0 ? `${sayCount(active)} ${active === 1 ? 'device is' : 'devices are'} in.` : undefined;
  const brought =
    model && dataset ? `The model ${model.name} and the images ${dataset.name} are here, and how images are prepared is known.` : undefined;
  const live = come === undefined ? 1 : brought === undefined ? 2 : 3;
  return (
    <div className="max-w-[948px] lg:pl-[88px] px-6 py-14 max-sm:px-4 max-sm:py-6">
      <h1 className="text-hero tracking-tight">Find the version of your model that fits each device</h1>
      <p className="mt-2 max-w-[62ch] text-[15px] leading-6 text-ink-2">
        Fleetfit makes smaller versions of it, runs them on your own phones and cameras, and shows which one to ship to which.
      </p>
      <ol className="mt-10">
        <Step number={1} live={live} title="Add a device" done={come}>
          <FirstDevice pending={devices.filter((device) => device.state === 'pending')} />
        </Step>
        <Step number={2} live={live} title="Bring a model and labelled images" done={brought}>
          <FirstModel models={models} datasets={datasets} />
        </Step>
        <Step number={3} live={live} title="Say what it must do" done={undefined} last>
          <p className="text-ink-2">
            One sentence, such as <strong className="text-ink">at most 20 ms on the Pi, lose at most 1 point</strong>. Then watch this fill
            up:
          </p>
          {live === 3 && (
            <div className="mt-3">
              <LinkButton href="/new-sweep">Start a sweep</LinkButton>
            </div>
          )}
          <ExampleFront />
          <p className="text-label text-ink-3">
            Example. Each mark is one version measured on one class of device; bars are 95 % intervals.
          </p>
        </Step>
      </ol>
    </div>
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
