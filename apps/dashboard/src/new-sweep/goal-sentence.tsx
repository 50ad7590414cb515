import type { DatasetView, ModelView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { Choice, Figure } from './goal-inputs.tsx';
import type { SweepWish } from './sweep-wish.ts';

export interface FleetClass {
  readonly id: string;
  readonly label: string;
  readonly position: number;
}

export interface SentenceProps {
  readonly models: readonly ModelView[];
  readonly datasets: readonly DatasetView[];
  readonly classes: readonly FleetClass[];
  readonly names: ReadonlyMap<string, ClassName>;
  readonly wish: SweepWish;
  readonly change: (part: Partial<SweepWish>) => void;
}

const AIMS = [
  { id: 'latency', name: 'as fast as possible' },
  { id: 'size', name: 'as small as possible' },
] as const;

/** The goal: a sentence of inputs that starts with what most people want. */
export function GoalSentence({ models, datasets, classes, names, wish, change }: SentenceProps) {
  const asked = classes.filter((one) => !wish.without.includes(one.id));
  const left = classes.filter((one) => wish.without.includes(one.id));
  return (
    <>
      <div className="mt-5 text-[18px] leading-[46px] text-ink-2 pointer-coarse:leading-[56px]">
        Make <Choice label="Model" value={wish.model} options={models} onChange={(model) => change({ model })} />{' '}
        {asked.map((one, at) => (
          <Limit
            key={one.id}
            one={one}
            name={nameOf(names, one.id)}
            first={at === 0}
            last={at === asked.length - 1 && asked.length > 1}
            wish={wish}
            change={change}
            removable={asked.length > 1}
          />
        ))}
        <br className="max-sm:hidden" />
        lose at most{' '}
        <Figure label="Points that may be lost" value={wish.drop} unit="points" placeholder="any" onChange={(drop) => change({ drop })} />{' '}
        of top-1 on <Choice label="Dataset" value={wish.dataset} options={datasets} onChange={(dataset) => change({ dataset })} />{' '}
        {wish.size !== undefined && (
          <>
            in a file of at most{' '}
            <Figure label="Largest file" value={wish.size} unit="MB" placeholder="any" onChange={(size) => change({ size })} />{' '}
          </>
        )}
        <br className="max-sm:hidden" />
        and then be{' '}
        <Choice label="Aim" value={wish.aim} options={AIMS} onChange={(aim) => change({ aim: aim === 'size' ? 'size' : 'latency' })} />
      </div>
      <div className="mt-2 flex flex-wrap gap-2">
        {left.map((one) => (
          <Button key={one.id} icon="plus" onClick={() => change({ without: wish.without.filter((id) => id !== one.id) })}>
            {nameOf(names, one.id)}
          </Button>
        ))}
        {wish.size === undefined && (
          <Button icon="plus" onClick={() => change({ size: '' })}>
            Limit on size
          </Button>
        )}
      </div>
    </>
  );
}

interface LimitProps {
  readonly one: FleetClass;
  readonly name: string;
  readonly first: boolean;
  readonly last: boolean;
  readonly removable: boolean;
  readonly wish: SweepWish;
  readonly change: (part: Partial<SweepWish>) => void;
}

function Limit({ one, name, first, last, removable, wish, change }: LimitProps) {
  const takeOut = () => change({ without: [...wish.without, one.id] });
  return (
    <>
      {first ? 'take at most' : last ? 'and' : ''}{' '}
      <Figure
        label={`Longest latency on ${name}`}
        value={wish.latency[one.id] ?? ''}
        unit="ms"
        placeholder="any"
        onChange={(limit) => change({ latency: { ...wish.latency, [one.id]: limit } })}
      />{' '}
      on{' '}
      <span className="inline-flex h-9 max-w-full items-center gap-2 rounded-control border border-line-2 bg-surface px-2 align-middle leading-none pointer-coarse:h-11">
        <ClassMark position={one.position} size={13} />
        <strong className="truncate text-ink">{name}</strong>
        {removable && (
          <button
            type="button"
            aria-label={`Leave ${name} out`}
            onClick={takeOut}
            className="-mr-1 grid size-6 place-items-center rounded-pill text-ink-3 hover:bg-sunken hover:text-ink"
          >
            <Icon name="close" size={12} />
          </button>
        )}
      </span>{' '}
    </>
  );
}
