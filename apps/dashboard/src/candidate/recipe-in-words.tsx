import { sayCount } from '@fleetfit/sweep/say-numbers';
import type { CandidateDetail } from '../client/views.ts';
import { CopyButton } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';

/** Refusals of the same reason that are named one by one. */
const NAMED = 6;

/** The recipe as sentences with its text below each, and what passes would not do, with their reasons. */
export function RecipeInWords({ detail }: { readonly detail: CandidateDetail }) {
  const { steps, candidate } = detail;
  return (
    <div className="min-w-0 border-line px-6 py-4 max-lg:border-b max-sm:px-4 lg:border-r">
      <section aria-labelledby="recipe">
        <div className="flex items-center justify-between">
          <h2 id="recipe" className="text-section">
            Recipe
          </h2>
          <CopyButton text={candidate.recipe} label="Copy the recipe" />
        </div>
        {steps.length === 0 && <p className="mt-1 text-ink-2">Nothing is done: this is the original.</p>}
        <ol className="mt-1">
          {steps.map((step, at) => (
            <li key={`${step.recipe}${at}`} className="grid grid-cols-[20px_minmax(0,1fr)] py-1.5">
              <span className="text-ink-3">{at + 1}</span>
              <div className="min-w-0">
                <p>{step.sentence}</p>
                <p className="font-mono text-label break-words text-ink-3">{step.recipe}</p>
                <Done history={step.history} />
              </div>
            </li>
          ))}
        </ol>
      </section>
      <Refusals detail={detail} />
    </div>
  );
}

type History = CandidateDetail['steps'][number]['history'];

/** What a step changed, layer by layer. */
function Done({ history }: { readonly history: History }) {
  const changed = history.filter((line) => line.kind === 'changed');
  if (changed.length === 0) return null;
  return (
    <details className="text-label">
      <summary className="min-h-6 w-fit font-medium text-accent">
        {sayCount(changed.length)} {changed.length === 1 ? 'change' : 'changes'}
      </summary>
      <ul className="mt-1 max-h-64 overflow-y-auto">
        {changed.map((line, at) => (
          <li key={`${line.layer}${at}`} className="py-0.5 text-ink-2">
            <span className="font-mono break-all text-ink">{line.layer}</span> {line.what}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Refusals({ detail }: { readonly detail: CandidateDetail }) {
  const refused = detail.steps.flatMap((step) => step.history.filter((line) => line.kind === 'refused'));
  const reasons = byReason(refused);
  if (refused.length === 0) return null;
  return (
    <section aria-labelledby="refusals" className="mt-3 border-t border-line pt-3">
      <h2 id="refusals" className="text-section">
        Refusals <span className="font-normal text-ink-3">{sayCount(refused.length)}</span>
      </h2>
      <ul className="mt-1">
        {[...reasons].map(([why, lines]) => (
          <li key={why} className="flex gap-2 py-1.5">
            <Icon name="refused" size={14} className="mt-[3px] shrink-0 text-bad" />
            <div className="min-w-0">
              <p className="font-medium break-words">
                {lines
                  .slice(0, NAMED)
                  .map((line) => line.layer)
                  .join(', ')}
                {lines.length > NAMED && ` and ${sayCount(lines.length - NAMED)} more`}
              </p>
              <p className="text-label break-words text-ink-2">{why}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function byReason(lines: History): ReadonlyMap<string, History> {
  const reasons = new Map<string, History>();
  for (const line of lines) reasons.set(line.what, [...(reasons.get(line.what) ?? []), line]);
  return reasons;
}
