import { sayBytes, sayFixed, sayLatency } from '@fleetfit/sweep/say-numbers';
import type { SweepOverview } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { isOver } from './sweep-state.ts';
import type { WhatIf } from './use-what-if.ts';

/** While limits are moved: what they would be, and what to do with them. */
export function WhatIfBar({
  whatIf,
  view,
  names,
}: {
  readonly whatIf: WhatIf;
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
}) {
  if (!whatIf.moved) return null;
  const said = view.classes.flatMap((one) => sayMoved(nameOf(names, one.id), one.limits, whatIf.moved?.[one.id]));
  const over = isOver(view.state);
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-warn-weak px-6 py-2 max-sm:px-4">
      <Icon name="clock" size={14} className="text-warn" />
      <p className="min-w-0 flex-1">
        <strong>What if: </strong>
        {said.length === 0 ? 'nothing is changed' : said.join('; ')}. Verdicts below are as they would be.
        {over && ' The sweep is over: start a new one with these limits.'}
        {whatIf.error && <span className="text-bad"> {whatIf.error.message}</span>}
      </p>
      <Button onClick={whatIf.putBack}>Put back</Button>
      {!over && (
        <Button onClick={whatIf.apply} disabled={whatIf.applying || said.length === 0}>
          Apply
        </Button>
      )}
    </div>
  );
}

type Limits = SweepOverview['classes'][number]['limits'];

function sayMoved(name: string, now: Limits, then: Limits | undefined): readonly string[] {
  if (!then) return [];
  const parts: string[] = [];
  if (then.latencyMs !== undefined && then.latencyMs !== now.latencyMs) parts.push(`at most ${sayLatency(then.latencyMs)} on ${name}`);
  if (then.sizeBytes !== undefined && then.sizeBytes !== now.sizeBytes) parts.push(`at most ${sayBytes(then.sizeBytes)} on ${name}`);
  if (then.accuracyDropPoints !== undefined && then.accuracyDropPoints !== now.accuracyDropPoints)
    parts.push(`lose at most ${sayFixed(then.accuracyDropPoints, 1)} points on ${name}`);
  return parts;
}
