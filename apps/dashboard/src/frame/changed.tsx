'use client';
import { type ReactNode, useEffect, useRef, useState } from 'react';

interface ChangedProps {
  /** What it says: another text is a change. */
  readonly text: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A value that is underlined for a moment when it changes in place. It never flashes, and not when it first appears. */
export function Changed({ text, className = '', children }: ChangedProps) {
  const before = useRef(text);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    setTimes((count) => count + 1);
  }, [text]);
  return (
    <span key={times} className={`${times > 0 ? 'changed' : ''} ${className}`}>
      {children}
    </span>
  );
}
