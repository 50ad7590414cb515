const PATHS = {
  fleet: 'M2.5 3.5h7v6h-7zM4 12h4M11.5 6.5h2v6h-4v-2',
  model: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.7 5.1 8 8.1l5.3-3M8 8.1v6',
  dataset:
    'M13 4c0 1.2-2.2 2.2-5 2.2S3 5.2 3 4s2.2-2.2 5-2.2S13 2.8 13 4zM3 4v8c0 1.2 2.2 2.2 5 2.2s5-1 5-2.2V4M3 8c0 1.2 2.2 2.2 5 2.2S13 9.2 13 8',
  sweep: 'M2.5 2v11.5H14M4.5 11c.8-4.5 3.5-7 8.5-7.5',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  clock: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 4.8V8l2.2 1.5',
  star: 'M8 2l1.8 3.8 4.2.6-3 2.9.7 4.2L8 11.5l-3.7 2 .7-4.2-3-2.9 4.2-.6z',
  warning: 'M8 2.3 14.3 13.3H1.7zM8 6.5v3.3M8 11.3v.4',
  refused: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM4 4l8 8',
  download: 'M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M3 13.3h10',
  pause: 'M5 3v10M11 3v10',
  play: 'M4.5 2.8 13 8l-8.5 5.2z',
  extend: 'M2 8h8M7 4.8 10.2 8 7 11.2M13.5 3v10',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3 13.7 13.7',
  menu: 'M2 5.5h12M2 10.5h12',
  original: 'M6 3.5 2.5 7 6 10.5M2.5 7h7a3.5 3.5 0 0 1 3.5 3.5V12',
  lock: 'M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  upload: 'M8 10.5V2.5M4.8 5.5 8 2.3l3.2 3.2M2.5 13.5h11',
  next: 'M2.5 8h10M9 4.5 12.5 8 9 11.5',
  heat: 'M6.5 9.3V3.5a1.5 1.5 0 0 1 3 0v5.8a3 3 0 1 1-3 0z',
  plug: 'M6 2v3.5M10 2v3.5M4.5 5.5h7v2a3.5 3.5 0 0 1-7 0zM8 11v3',
  battery: 'M2 5.5h10v5H2zM13.8 7.2v1.6',
  tag: 'M2.5 2.5h5.3l5.7 5.7-5.3 5.3-5.7-5.7zM5.3 5.3h.01',
  up: 'M8 13V3M4 7l4-4 4 4',
  down: 'M8 3v10M4 9l4 4 4-4',
  equal: 'M3 6h10M3 10h10',
  exchange: 'M2.5 5.5h11M10.500 2.5l3 3-3 3M13.5 10.5h-11M5.500 7.5l-3 3 3 3',
  portfolio: 'M2.5 2.5h4.500v4.500h-4.500zM9 2.5h4.500v4.500h-4.500zM2.5 9h4.500v4.500h-4.500zM11.250 9v4.500M9 11.250h4.500',
  file: 'M4 1.8h5l3 3v9.400h-8zM9 1.8v3h3',
} as const;

export type IconName = keyof typeof PATHS;

/** A line icon in the colour of its text. It is decoration: what acts has a name of its own. */
export function Icon({
  name,
  size = 16,
  className = '',
}: {
  readonly name: IconName;
  readonly size?: number;
  readonly className?: string;
}) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={className}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The state of something that goes on: a shape for each, so that colour is never alone. */
export function StateMark({ kind }: { readonly kind: 'working' | 'waiting' | 'off' | 'done' | 'failed' }) {
  return (
    <svg aria-hidden="true" width="12" height="12" viewBox="0 0 12 12" className="shrink-0">
      {kind === 'working' && (
        <>
          <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
          <path d="M6 1.8a4.2 4.2 0 0 0 0 8.4z" fill="currentColor" />
        </>
      )}
      {kind === 'waiting' && <path d="M6 1.5 11 10.5H1z" fill="currentColor" />}
      {kind === 'off' && <circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.6" />}
      {kind === 'done' && <path d="M2 6.5 4.8 9.2 10 3.5" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />}
      {kind === 'failed' && (
        <path d="M2.5 2.5l7 7M9.5 2.5l-7 7" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      )}
    </svg>
  );
}
