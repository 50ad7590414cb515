import type { ComponentChildren } from 'preact';

/** The product's mark: a stair that ends in a point. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M7 23v-5h5v-5h5V9h5" />
      <circle cx="22.5" cy="18.5" r="2.6" />
    </svg>
  );
}

export function Header({ children }: { readonly children?: ComponentChildren }) {
  return (
    <header>
      <a class="brand" href="/">
        <Mark />
        Fleetfit
      </a>
      <span class="place">{children ?? location.host}</span>
    </header>
  );
}

const PATHS = {
  lock: 'M7 10V7a3 3 0 0 1 6 0v3M5 10h10v7H5z',
  battery: 'M3 7h12v7H3zM17 9.5v2',
  pause: 'M7 5v10M13 5v10',
  play: 'M7 5l8 5-8 5z',
  heat: 'M10 3a1.5 1.5 0 0 1 1.5 1.5V11a3.2 3.2 0 1 1-3 0V4.500A1.500 1.500 0 0 1 10 3z',
  clock: 'M10 3.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM10 6.500V10l2.500 1.500',
  warning: 'M10 4l7 12H3zM10 9v3M10 14v.2',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class={`icon ${name}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Half full while something goes on, a ring while nothing does, bars while it rests. */
export function StateMark({ mark }: { readonly mark: 'busy' | 'idle' | 'rest' }) {
  return (
    <svg class={`state ${mark}`} viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="7.500" />
      {mark === 'busy' && <path d="M10 2.500a7.500 7.500 0 0 1 0 15z" />}
      {mark === 'rest' && <path d="M8 7v6M12 7v6" />}
    </svg>
  );
}
