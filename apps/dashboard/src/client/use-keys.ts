'use client';
import { useEffect, useRef } from 'react';

type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

// Newest last: what opened last answers first, so that Escape closes one thing at a time.
const listening: { current: Keys }[] = [];

/** Single keys: `{ j: next, Escape: close }`. They are silent while someone types, and with Ctrl, Alt or Meta held. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (listening.length === 0) document.addEventListener('keydown', press);
    listening.push(latest);
    return () => {
      listening.splice(listening.indexOf(latest), 1);
      if (listening.length === 0) document.removeEventListener('keydown', press);
    };
  }, []);
}

function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof HTMLElement ? event.target : undefined;
  if (target?.closest('input, textarea, select, [contenteditable]') && event.key !== 'Escape') return;
  // Enter on a link or a button is theirs.
  if (event.key === 'Enter' && target?.closest('a, button, summary')) return;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  listening.findLast((keys) => keys.current[name] !== undefined)?.current[name]?.(event);
}
