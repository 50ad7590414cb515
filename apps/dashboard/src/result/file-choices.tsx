import { sayBytes, sayLatency, sayPercent } from '@fleetfit/sweep/say-numbers';
import type { PortfolioView, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { colourVariableOf } from '../frame/class-shapes.ts';
import { Icon, type IconName } from '../frame/icon.tsx';

type Choice = PortfolioView['choices'][number];
type OnClass = Choice['classes'][number];

interface ChoicesProps {
  readonly sweep: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly portfolio: PortfolioView;
  readonly count: number;
  readonly onChoose: (count: number) => void;
}

/** One file, two, three: what each more is worth. */
export function FileChoices({ sweep, names, portfolio, count, onChoose }: ChoicesProps) {
  const widest = Math.max(0.25, ...portfolio.choices.flatMap((choice) => choice.classes.map((one) => one.regret.high)));
  return (
    <section aria-labelledby="how-many" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h2 id="how-many" className="text-section">
          How many files?
        </h2>
        <p className="text-label text-ink-3">bars: time over the class's own best, with its 95 % interval</p>
      </div>
      <div role="radiogroup" aria-labelledby="how-many" className="mt-3 grid grid-cols-[repeat(auto-fit,minmax(230px,1fr))] gap-3">
        {portfolio.choices.map((choice, at) => (
          <Column
            key={at}
            choice={choice}
            wanted={at + 1}
            before={portfolio.choices[at - 1]}
            chosen={count === at + 1}
            suggested={portfolio.suggested === at + 1}
            onChoose={() => onChoose(at + 1)}
            {...{ sweep, names, widest }}
          />
        ))}
      </div>
    </section>
  );
}

interface ColumnProps extends Pick<ChoicesProps, 'sweep' | 'names'> {
  readonly choice: Choice;
  readonly wanted: number;
  readonly before: Choice | undefined;
  readonly chosen: boolean;
  readonly suggested: boolean;
  readonly widest: number;
  readonly onChoose: () => void;
}

function Column({ choice, wanted, before, chosen, suggested, widest, sweep, names, onChoose }: ColumnProps) {
  const said = verdictOf({ choice, wanted, before, sweep, names });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a column of figures is no radio input.
    <button
      type="button"
      role="radio"
      aria-checked={chosen}
      onClick={onChoose}
      className={`flex flex-col rounded-tile border p-4 text-left ${chosen ? 'border-accent bg-accent-weak' : 'border-line hover:bg-canvas'}`}
    >
      <span className="flex items-baseline justify-between">
        <span className="text-section">
          <span className="text-title font-semibold">{wanted}</span> {wanted === 1 ? 'file' : 'files'}
          {suggested && <span className="ml-2 text-label font-medium text-accent">suggested</span>}
        </span>
        <span className="text-ink-2">{sayBytes(choice.bytes)}</span>
      </span>
      <span className="mt-1 flex items-start gap-2">
        <Icon name={said.icon} size={14} className={`mt-0.5 shrink-0 ${said.tone}`} />
        {said.text}
      </span>
      <span className="mt-3 flex flex-col gap-1.5">
        {choice.classes.map((one) => (
          <Regret key={one.classId} one={one} sweep={sweep} widest={widest} />
        ))}
      </span>
      <span className="mt-3 flex flex-col gap-0.5">
        {choice.files.map((file) => {
          const served = choice.classes.filter((one) => one.candidate === file);
          return (
            <span key={file} className="grid grid-cols-[56px_minmax(0,1fr)] items-center">
              <span className="font-mono text-label font-semibold">{file}</span>
              <span className="flex flex-wrap items-center gap-x-1.5 text-label text-ink-2">
                {served.map((one) => (
                  <ClassMark key={one.classId} position={positionOf(sweep, one.classId)} size={9} />
                ))}
                {served.length === sweep.classes.length && served.length > 1
                  ? `all ${served.length} classes`
                  : served.map((one) => nameOf(names, one.classId)).join(', ')}
              </span>
            </span>
          );
        })}
      </span>
    </button>
  );
}

function positionOf(sweep: SweepOverview, classId: string): number {
  return sweep.classes.find((one) => one.id === classId)?.position ?? 0;
}

function Regret({ one, sweep, widest }: { readonly one: OnClass; readonly sweep: SweepOverview; readonly widest: number }) {
  const position = positionOf(sweep, one.classId);
  const limit = sweep.classes.find((each) => each.id === one.classId)?.limits.latencyMs;
  const at = (share: number) => `${(100 * Math.max(0, Math.min(widest, share))) / widest}%`;
  const own = one.regret.value <= 0;
  return (
    <span className="grid grid-cols-[14px_minmax(0,1fr)_84px] items-center gap-2">
      <ClassMark position={position} size={10} />
      <span className="relative block h-4">
        <span aria-hidden="true" className="absolute inset-y-0 left-0 w-px bg-line-2" />
        {own ? (
          <span className="absolute left-2 text-label text-ink-2">own best</span>
        ) : (
          <>
            <span
              aria-hidden="true"
              className="absolute top-1 left-0 h-2"
              style={{ width: at(one.regret.value), background: `var(${colourVariableOf(position)})` }}
            />
            <span
              aria-hidden="true"
              className="absolute top-[7px] h-[2px] bg-ink"
              style={{ left: at(one.regret.low), width: `calc(${at(one.regret.high)} - ${at(one.regret.low)})` }}
            />
          </>
        )}
      </span>
      <span className="text-right text-label">
        {own ? sayLatency(one.latencyMs.value, one.latencyMs) : `+${sayPercent(one.regret.value, 0)}`}
        {one.breaks && <span className="text-bad"> over</span>}
        <span className="block text-ink-3">{limit === undefined ? '' : `limit ${sayLatency(limit).replace(/\.0+ /, ' ')}`}</span>
      </span>
    </span>
  );
}

interface Said {
  readonly icon: IconName;
  readonly tone: string;
  readonly text: string;
}

function verdictOf({ choice, wanted, before, sweep, names }: Pick<ColumnProps, 'choice' | 'wanted' | 'before' | 'sweep' | 'names'>): Said {
  if (choice.files.length < wanted && before) {
    const why = wanted > sweep.classes.length ? 'more files than classes' : 'one more helps nobody';
    return { icon: 'equal', tone: 'text-ink-3', text: `Same as ${choice.files.length}: ${why}` };
  }
  const broken = choice.classes.filter((one) => one.breaks);
  if (broken.length > 0)
    return { icon: 'close', tone: 'text-bad', text: `Over a limit on ${broken.map((one) => nameOf(names, one.classId)).join(' and ')}` };
  if (choice.worst <= 0) return { icon: 'star', tone: 'text-accent', text: 'Every class has its own best' };
  return { icon: 'check', tone: 'text-accent', text: `All limits hold; at most ${sayPercent(choice.worst, 0)} slower` };
}
