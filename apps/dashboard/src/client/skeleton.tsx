'use client';
import { type ReactNode, useEffect, useState } from 'react';

/** The layout of what comes, after 200 ms: what is there sooner needs none, and would only flicker. */
export function Skeleton({ children }: { readonly children: ReactNode }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div role="status" aria-label="Loading" className="animate-pulse">
      {children}
    </div>
  );
}

/** A place where something will stand. */
export function Bone({ className }: { readonly className: string }) {
  return <div className={`rounded-pill bg-sunken ${className}`} />;
}
