import type { ReactNode } from 'react';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly id: string; readonly name: string }[];
  readonly onChange: (value: string) => void;
}

/** One of several, in a sentence. */
export function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-9 max-w-full rounded-control border border-line-2 bg-surface px-2 font-semibold text-ink pointer-coarse:h-11"
    >
      {options.length === 0 && <option value="">none yet</option>}
      {options.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

/** A number in a sentence. */
export function Figure({ label, value, unit, placeholder, onChange }: FigureProps) {
  return (
    <span className="inline-flex h-9 items-center gap-1.5 rounded-control border border-line-2 bg-surface px-2 align-middle leading-none font-semibold text-ink focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent pointer-coarse:h-11">
      <input
        aria-label={unit ? `${label}, ${unit}` : label}
        inputMode="decimal"
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
        className="w-[3.2em] bg-transparent text-right outline-none"
      />
      {unit && <span className="font-normal text-ink-2">{unit}</span>}
    </span>
  );
}

/** A key of the keyboard. */
export function Key({ children }: { readonly children: ReactNode }) {
  return <kbd className="rounded-pill border border-line-2 px-1.5 py-0.5 font-sans text-axis">{children}</kbd>;
}
