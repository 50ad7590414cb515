'use client';
import { useEffect, useRef } from 'react';

interface Asked {
  readonly refetch: () => unknown;
}

/** Asks again when what was asked of has changed, at most once in `everyMs`, and in the end for the newest. */
export function useFollowing(asked: readonly Asked[], revision: string | undefined, everyMs = 400): void {
  const latest = useRef(asked);
  latest.current = asked;
  const last = useRef({ revision, at: 0 });
  useEffect(() => {
    if (revision === undefined || revision === last.current.revision) return;
    const wait = Math.max(0, last.current.at + everyMs - Date.now());
    const timer = setTimeout(() => {
      last.current = { revision, at: Date.now() };
      for (const one of latest.current) one.refetch();
    }, wait);
    return () => clearTimeout(timer);
  }, [revision, everyMs]);
}
