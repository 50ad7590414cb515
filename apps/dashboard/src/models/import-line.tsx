import type { ModelView } from '../client/views.ts';
import { StateMark } from '../frame/icon.tsx';

/** How far an import is; a word of the caller's when it is done. */
export function ImportLine({
  state,
  ready,
  mark = false,
}: {
  readonly state: ModelView['state'];
  readonly ready: string;
  readonly mark?: boolean;
}) {
  if (state.kind === 'ready')
    return (
      <span className={mark ? 'inline-flex items-center gap-1.5 font-medium text-accent' : 'block text-label text-ink-3'}>
        {mark && <StateMark kind="done" />}
        {ready}
      </span>
    );
  if (state.kind === 'failed')
    return (
      <span className="inline-flex items-center gap-1.5 text-label font-medium text-bad">
        <StateMark kind="failed" /> Failed
      </span>
    );
  return (
    <span className="block">
      <span className="flex items-center gap-1.5 text-label text-accent">
        <StateMark kind="working" />
        {state.what}, {Math.round(state.done * 100)} %
      </span>
      <span aria-hidden="true" className="mt-1 block h-1 w-40 max-w-full overflow-hidden rounded-pill bg-line">
        <span className="block h-full bg-accent transition-[width] duration-300" style={{ width: `${state.done * 100}%` }} />
      </span>
    </span>
  );
}
