import { Icon } from '../frame/icon.tsx';
import type { Verdict } from './candidate-verdict.ts';

const TONES: Readonly<Record<Verdict['tone'], string>> = { good: 'text-accent', plain: 'text-ink-2', warn: 'text-warn', bad: 'text-bad' };

/** A verdict: its icon in the tone, its words in ink. */
export function VerdictWords({ verdict }: { readonly verdict: Verdict }) {
  return (
    <span className="flex items-start gap-2 text-label">
      <Icon name={verdict.icon} size={14} className={`mt-px shrink-0 ${TONES[verdict.tone]}`} />
      <span className="line-clamp-3 min-w-0" title={verdict.text}>
        {verdict.text}
      </span>
    </span>
  );
}
