'use client';
import { type RefObject, useEffect, useState } from 'react';

/** Rows beyond those in view that are drawn too, so that a fast wheel finds them there. */
const BEYOND = 12;
/** Rows that are there also while the list is out of view: who jumps to it finds some. */
const AT_LEAST = 24;

/** Which rows of equal height are in view, of a list that scrolls with the page. */
export function useVirtual(list: RefObject<HTMLElement | null>, { count, height }: { readonly count: number; readonly height: number }) {
  const [range, setRange] = useState({ first: 0, last: Math.min(count, 40) });
  useEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / height) - BEYOND);
      const last = Math.min(Math.max(0, count - 1), Math.max(first + AT_LEAST, Math.ceil((innerHeight - top) / height) + BEYOND));
      setRange((before) => (before.first === first && before.last === last ? before : { first, last: Math.max(first, last) }));
    };
    const later = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [list, count, height]);
  return range;
}
