'use client';
import { useEffect, useRef, useState } from 'react';
import type { SweepOverview } from '../client/views.ts';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { isOver, saidState } from './sweep-state.ts';

const APART_MS = 60_000;

/** Says aloud that a best one changed or that the sweep ended, at most once a minute; the end never waits. */
export function Announcements({ view, names }: { readonly view: SweepOverview; readonly names: ReadonlyMap<string, ClassName> }) {
  const [text, setText] = useState('');
  const said = useRef<{ best: string; at: number } | undefined>(undefined);
  const best = view.classes.flatMap((one) => (one.best ? [`${one.best.candidate} for ${nameOf(names, one.id)}`] : [])).join(', ');
  const over = isOver(view.state);
  useEffect(() => {
    const before = said.current;
    const now = Date.now();
    if (over) setText(`The sweep is ${saidState(view.state).word.toLowerCase()}. Best: ${best || 'none'}.`);
    else if (before && before.best !== best && now - before.at > APART_MS) setText(`Best so far: ${best}.`);
    else if (before) return;
    said.current = { best, at: before ? now : 0 };
  }, [best, over, view.state]);
  return (
    <p aria-live="polite" className="sr-only">
      {text}
    </p>
  );
}
