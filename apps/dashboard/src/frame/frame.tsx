'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { usePathname, useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { useKeys } from '../client/use-keys.ts';
import { CatchDrops } from '../uploads/catch-drops.tsx';
import { Icon, type IconName } from './icon.tsx';
import { KeyHelp } from './key-help.tsx';

const PLACES: readonly { readonly href: string; readonly name: string; readonly icon: IconName; readonly also: string }[] = [
  { href: '/fleet', name: 'Fleet', icon: 'fleet', also: '/fleet' },
  { href: '/models', name: 'Models', icon: 'model', also: '/models' },
  { href: '/datasets', name: 'Datasets', icon: 'dataset', also: '/datasets' },
  { href: '/', name: 'Sweeps', icon: 'sweep', also: '/sweep' },
  { href: '/portfolio', name: 'Portfolio', icon: 'portfolio', also: '/portfolio' },
];

/** What stands around every page: where to go, and how the coordinator is. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const path = usePathname();
  useEffect(() => setOpen(false), [path]);
  useGoTo();
  return (
    <div className="min-h-dvh sm:grid sm:grid-cols-[208px_minmax(0,1fr)]">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:p-3">
        Skip to the content
      </a>
      <PhoneBar open={open} onToggle={() => setOpen(!open)} />
      <nav
        aria-label="Main"
        className={`${open ? 'flex' : 'hidden'} flex-col border-line bg-canvas px-3 pb-4 max-sm:border-b sm:sticky sm:top-0 sm:flex sm:h-dvh sm:border-r`}
      >
        <div className="flex h-14 items-center px-2 max-sm:hidden">
          <Brand />
        </div>
        <ul className="flex flex-col gap-0.5 max-sm:pt-2">
          {PLACES.map((place) => (
            <Place key={place.href} {...place} current={isHere(path, place.also)} />
          ))}
        </ul>
        <Coordinator />
      </nav>
      <main id="content" className="min-w-0 bg-surface max-sm:min-h-[calc(100dvh-48px)]">
        {children}
      </main>
      <CatchDrops />
      <KeyHelp />
    </div>
  );
}

function PhoneBar({ open, onToggle }: { readonly open: boolean; readonly onToggle: () => void }) {
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center justify-between border-b border-line bg-surface pl-4 sm:hidden">
      <Brand />
      <button type="button" aria-label="Menu" aria-expanded={open} onClick={onToggle} className="grid size-12 place-items-center">
        <Icon name={open ? 'close' : 'menu'} size={20} />
      </button>
    </header>
  );
}

function Brand() {
  return (
    <Link href="/" className="flex items-center gap-2.5 text-section font-semibold">
      <svg aria-hidden="true" width="22" height="22" viewBox="0 0 24 24">
        <rect width="24" height="24" rx="6" fill="var(--ink)" />
        <path
          d="M5 17.5h4.2v-4.4h4V8.600h4.3"
          fill="none"
          stroke="var(--surface)"
          strokeWidth="2"
          strokeLinejoin="round"
          strokeLinecap="round"
        />
        <circle cx="17.4" cy="16.6" r="1.9" fill="var(--surface)" />
      </svg>
      Fleetfit
    </Link>
  );
}

function Place({ href, name, icon, current }: (typeof PLACES)[number] & { readonly current: boolean }) {
  const count = useCount(name);
  return (
    <li>
      <Link
        href={href}
        prefetch={false}
        aria-current={current ? 'page' : undefined}
        className={`flex h-8 items-center gap-2.5 rounded-control px-2 font-medium max-sm:h-11 ${current ? 'bg-line text-ink' : 'text-ink-2 hover:bg-sunken'}`}
      >
        <Icon name={icon} />
        <span className="flex-1">{name}</span>
        <span className={`text-label font-normal ${current ? 'text-ink-2' : 'text-ink-3'}`}>{count}</span>
      </Link>
    </li>
  );
}

// Polled, not streamed: a browser has few connections to one origin, and the page itself needs one. The four travel as one request.
const CALM = { refetchInterval: 10_000 } as const;

function useCount(name: string): string {
  const devices = useQuery(asks.devices.list.queryOptions(undefined, { ...CALM, enabled: name === 'Fleet' })).data;
  const models = useQuery(asks.models.list.queryOptions(undefined, { ...CALM, enabled: name === 'Models' })).data;
  const datasets = useQuery(asks.datasets.list.queryOptions(undefined, { ...CALM, enabled: name === 'Datasets' })).data;
  const sweeps = useQuery(asks.sweeps.list.queryOptions(undefined, { ...CALM, enabled: name === 'Sweeps' })).data;
  if (name === 'Fleet') return sayIfAny(devices?.filter((device) => device.state !== 'revoked').length);
  if (name === 'Models') return sayIfAny(models?.length);
  if (name === 'Datasets') return sayIfAny(datasets?.length);
  if (name !== 'Sweeps') return '';
  const live = sweeps?.filter((sweep) => ['preparing', 'running', 'judging'].includes(sweep.state)).length;
  return live ? `${live} live` : sayIfAny(sweeps?.length);
}

function sayIfAny(count: number | undefined): string {
  return count ? sayCount(count) : '';
}

function Coordinator() {
  const health = useQuery(asks.health.queryOptions(undefined, CALM));
  const compressors = health.data?.compressors;
  return (
    <div className="mt-auto flex items-start gap-2 px-2 pt-6 text-label text-ink-2">
      <svg
        aria-hidden="true"
        width="8"
        height="8"
        viewBox="0 0 8 8"
        className={`mt-1 shrink-0 ${health.isError ? 'text-bad' : 'text-accent'}`}
      >
        {health.isError ? (
          <path d="M1 1l6 6M7 1 1 7" stroke="currentColor" strokeWidth="2" />
        ) : (
          <circle cx="4" cy="4" r="3.5" fill="currentColor" />
        )}
      </svg>
      <p role="status">
        {health.isError ? 'Coordinator not reached' : health.isPending ? 'Coordinator' : 'Coordinator healthy'}
        <br />
        <span className="text-ink-3">
          {health.isError
            ? 'is “fleetfit up” running?'
            : compressors === undefined
              ? ''
              : `${compressors === 0 ? 'no' : sayCount(compressors)} ${compressors === 1 ? 'compressor' : 'compressors'}`}
        </span>
      </p>
    </div>
  );
}

// `G` then a letter, within a second.
function useGoTo(): void {
  const router = useRouter();
  const pressed = useRef(0);
  const to = (href: string) => () => {
    if (Date.now() - pressed.current < 1_000) router.push(href);
  };
  useKeys({
    g: () => {
      pressed.current = Date.now();
    },
    f: to('/fleet'),
    m: to('/models'),
    d: to('/datasets'),
    s: to('/'),
  });
}

function isHere(path: string, place: string): boolean {
  const ofSweeps = ['/sweep', '/new-sweep', '/compare', '/candidate'];
  return place === '/sweep' ? path === '/' || ofSweeps.some((one) => path.startsWith(one)) : path.startsWith(place);
}
