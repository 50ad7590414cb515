import type { CompareView } from '../client/views.ts';
import { Icon } from '../frame/icon.tsx';

/** The recipes side by side: steps that are the same are dim, those that differ show both. */
export function RecipeSteps({ compare }: { readonly compare: CompareView }) {
  const { steps, candidates, refusals } = compare;
  const differ = steps.filter((step) => !step.same).length;
  const only = refusals.filter((one) => one.in.length < candidates.length);
  return (
    <div className="border-line px-6 py-4 max-lg:border-b max-sm:px-4 lg:border-r">
      <section aria-labelledby="recipe">
        <div className="flex items-baseline justify-between">
          <h2 id="recipe" className="text-section">
            Recipe
          </h2>
          <p className="text-label text-ink-3">
            {differ === 0
              ? 'all steps are the same'
              : `${differ} of ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} ${differ === 1 ? 'differs' : 'differ'}`}
          </p>
        </div>
        <ol className="mt-2">
          {steps.map((step, at) => (
            <li key={`${step.word}${at}`} className="grid grid-cols-[20px_minmax(0,1fr)] border-b border-line py-2 last:border-0">
              <span className={step.same ? 'text-ink-3' : 'font-semibold'}>{at + 1}</span>
              <div className="min-w-0">
                <p className={step.same ? 'text-ink-2' : 'font-semibold'}>{step.word.replaceAll('-', ' ')}</p>
                {step.same ? (
                  <p className="font-mono text-label break-words text-ink-3">{step.texts[0]} · same</p>
                ) : (
                  step.texts.map((text, place) => (
                    <p key={candidates[place]?.id} className="grid grid-cols-[48px_minmax(0,1fr)] text-label">
                      <span className="font-mono font-semibold">{candidates[place]?.id}</span>
                      <span className={`font-mono break-words ${text ? '' : 'text-ink-3'}`}>{text ?? 'not done'}</span>
                    </p>
                  ))
                )}
              </div>
            </li>
          ))}
        </ol>
        {steps.length === 0 && <p className="mt-1 text-ink-3">Neither does anything: both are the original.</p>}
      </section>
      {refusals.length > 0 && (
        <section aria-labelledby="refusals" className="mt-4">
          <div className="flex items-baseline justify-between">
            <h2 id="refusals" className="text-section">
              Refusals
            </h2>
            <p className="text-label text-ink-3">
              {refusals.length - only.length} the same, {only.length} not in all
            </p>
          </div>
          <ul className="mt-1">
            {(only.length > 0 ? only : refusals).slice(0, 6).map((one) => (
              <li key={one.layer + one.what} className="flex gap-2 py-1.5">
                <Icon name="refused" size={14} className="mt-0.5 shrink-0 text-bad" />
                <div className="min-w-0">
                  <p className="font-medium break-words">{one.layer}</p>
                  <p className="text-label text-ink-2">
                    {one.in.length < candidates.length && `Only in ${one.in.join(', ')}: `}
                    {one.what}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
