'use client';
import { useEffect, useState } from 'react';

/** The time, again every `seconds`; undefined in the page as it was built, where there is no now. */
export function useNow(seconds: number): number | undefined {
  const [now, setNow] = useState<number | undefined>(undefined);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), seconds * 1_000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}
