import type { RefObject } from 'react';
import { Icon } from './icon.tsx';

interface SearchFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** So that the key `/` can put the cursor here. */
  readonly input: RefObject<HTMLInputElement | null>;
  readonly className?: string;
}

/** Where one types what to look for. */
export function SearchField({ label, placeholder, value, onChange, input, className = '' }: SearchFieldProps) {
  return (
    <label
      className={`flex h-8 items-center gap-2 rounded-control border border-line-2 px-2 text-ink-3 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent max-sm:h-11 ${className}`}
    >
      <Icon name="search" size={14} />
      <span className="sr-only">{label}</span>
      <input
        ref={input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder={placeholder}
        className="w-44 min-w-0 bg-transparent text-ink outline-none max-sm:flex-1"
      />
      <kbd className="rounded-pill border border-line px-1.5 text-axis max-sm:hidden">/</kbd>
    </label>
  );
}
