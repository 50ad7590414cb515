'use client';
import { type ReactNode, useState } from 'react';
import { Sideways } from '../frame/sideways.tsx';

/** The same as a chart shows, as a table: for those who do not see it, and for whoever wants the figures. */
export function ChartTwin({
  name,
  head,
  children,
}: {
  readonly name: string;
  readonly head: readonly string[];
  readonly children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <div className="mt-1 text-label">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="min-h-6 font-medium text-ink-2 underline decoration-line-2 underline-offset-2 hover:text-ink pointer-coarse:min-h-11"
      >
        {open ? `Hide the table of ${name}` : `Show ${name} as a table`}
      </button>
      {open && (
        <Sideways label={`Table of ${name}`} look="mt-1 max-h-72 overflow-y-auto rounded-control border border-line">
          <table className="w-full border-collapse text-left [&_td]:border-t [&_td]:border-line [&_td]:px-3 [&_td]:py-1 [&_th]:px-3 [&_th]:py-1">
            <thead className="sticky top-0 bg-surface text-ink-3">
              <tr>
                {head.map((one) => (
                  <th key={one} scope="col" className="font-medium">
                    {one}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </Sideways>
      )}
    </div>
  );
}
