'use client';
import type { AppRouter } from '@fleetfit/api';
import type { TRPCClientErrorLike } from '@trpc/client';
import { useEffect, useRef, useState } from 'react';

/** What a page knows of a live view: the newest, and how fresh it is. The last view stays when the stream is lost. */
export interface Live<View> {
  readonly view: View | undefined;
  readonly stream: Stream;
}

export type Stream =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Lost at this moment; it is tried again by itself. */
  | { readonly kind: 'lost'; readonly at: number }
  /** The coordinator has said all there is. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly error: TRPCClientErrorLike<AppRouter> };

/** Seconds until a stream that was cut off by an error is asked for again. */
export const RETRY_SECONDS = 5;

interface Listener<View> {
  readonly onData: (envelope: { readonly data: View }) => void;
  readonly onComplete: () => void;
  readonly onError: (error: TRPCClientErrorLike<AppRouter>) => void;
  readonly onConnectionStateChange: (state: { readonly state: string }) => void;
}

type Subscribe<View> = (listener: Listener<View>) => { unsubscribe(): void };

/**
 * Follows a live view while the page is visible. A browser allows six connections to one origin over HTTP/1.1, over all tabs:
 * so one stream a page, none for a hidden tab, and what is only a number in the navigation is polled.
 * `key` says what is followed; a change of it starts over.
 */
export function useLive<View>(key: string | undefined, subscribe: Subscribe<View>): Live<View> {
  const [live, setLive] = useState<Live<View>>({ view: undefined, stream: { kind: 'connecting' } });
  const latest = useRef(subscribe);
  latest.current = subscribe;
  useEffect(() => {
    if (key === undefined) return;
    setLive({ view: undefined, stream: { kind: 'connecting' } });
    return follow<View>((listener) => latest.current(listener), setLive);
  }, [key]);
  return live;
}

type SetLive<View> = (change: (before: Live<View>) => Live<View>) => void;

function follow<View>(subscribe: Subscribe<View>, setLive: SetLive<View>): () => void {
  let stop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const start = () => {
    stop?.();
    const running = subscribe(
      listenerOf(setLive, (again) => {
        if (again) timer = setTimeout(start, RETRY_SECONDS * 1_000);
        else over = true;
      }),
    );
    stop = () => running.unsubscribe();
  };
  const pause = () => {
    clearTimeout(timer);
    stop?.();
    stop = undefined;
  };
  const whenVisibilityChanges = () => {
    if (document.hidden) pause();
    else if (!over && !stop) start();
  };
  document.addEventListener('visibilitychange', whenVisibilityChanges);
  whenVisibilityChanges();
  return () => {
    document.removeEventListener('visibilitychange', whenVisibilityChanges);
    over = true;
    pause();
  };
}

function listenerOf<View>(setLive: SetLive<View>, ended: (again: boolean) => void): Listener<View> {
  const say = (stream: Stream) => setLive((before) => ({ ...before, stream }));
  const lost = (before: Live<View>): Live<View> =>
    before.stream.kind === 'lost' ? before : { ...before, stream: { kind: 'lost', at: Date.now() } };
  return {
    onData: ({ data }) => setLive(() => ({ view: data, stream: { kind: 'live' } })),
    onComplete: () => {
      say({ kind: 'ended' });
      ended(false);
    },
    onError: (error) => {
      if (isFinal(error)) say({ kind: 'refused', error });
      else setLive(lost);
      ended(!isFinal(error));
    },
    onConnectionStateChange: ({ state }) => {
      // The first connecting is no loss: nothing has been live yet.
      if (state === 'connecting') setLive((before) => (before.stream.kind === 'live' ? lost(before) : before));
    },
  };
}

// Errors that asking again cannot mend; every other loss is tried again.
function isFinal(error: TRPCClientErrorLike<AppRouter>): boolean {
  const code = error.data?.fleetCode;
  return code === 'not-found' || code === 'invalid' || code === 'denied' || code === 'unauthenticated' || code === 'unsupported';
}
