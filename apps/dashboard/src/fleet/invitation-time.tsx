import { sayDuration } from '@fleetfit/sweep/say-numbers';
import { Icon } from '../frame/icon.tsx';

/** How long a code works, and a way to another. */
export function InvitationTime({ leftMs, onRenew }: { readonly leftMs: number | undefined; readonly onRenew: () => void }) {
  return (
    <p className="mt-2 flex items-center gap-1.5 text-label text-ink-2">
      <Icon name="clock" size={14} />
      {leftMs === 0 ? 'This code has expired' : `Works once${leftMs === undefined ? '' : `, for ${sayDuration(leftMs)} more`}`}
      <button type="button" onClick={onRenew} className="ml-auto min-h-6 font-medium text-accent pointer-coarse:min-h-11">
        New code
      </button>
    </p>
  );
}
