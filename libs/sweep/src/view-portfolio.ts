import type { CandidateId, DeviceClassId } from '@fleetfit/core';
import { aimOf, chooseBest, type Standing, standingsOn } from './choose-best.ts';
import { chooseFiles, type FileCosts, servedBy } from './choose-files.ts';
import { limitsOf, looksWithin } from './figures.ts';
import type { PortfolioChoice, PortfolioClass, PortfolioFile, PortfolioView } from './overview-views.ts';
import { sayPercent } from './say-numbers.ts';
import { ORIGINAL_ID, type SweepState } from './state.ts';
import type { Change } from './views.ts';

/** Files past which one more is not worth its trouble, and how much it must help the class that is worst off. */
const MOST_FILES = 4;
const WORTH_A_FILE = 0.03;
const MOST_OTHERS = 40;

/** Which files to ship when only so many may be, from what is measured on every class. Undefined while a class has nothing to ship. */
export function viewPortfolio(state: SweepState): PortfolioView | undefined {
  const bests = state.setup.classes.map(({ id }) => chooseBest(state, id));
  const own = bests.filter((each) => each !== undefined);
  if (own.length === 0 || own.length < bests.length) return undefined;
  const books = booksOf(state, own);
  const choices: PortfolioChoice[] = [];
  for (let count = 1; count <= Math.min(MOST_FILES, state.setup.classes.length + 1); count++) choices.push(choiceOf(books, count));
  const served = choices.filter(({ files }) => files.length > 0);
  if (served.length === 0) return undefined;
  const suggested = suggest(served);
  return { choices, suggested, files: filesOf(books, choices[suggested - 1]), sentence: sayPortfolio(state, choices, suggested) };
}

/** Every candidate that may be shipped somewhere, with what it needs on every class. */
interface Books {
  readonly state: SweepState;
  readonly own: readonly Standing[];
  readonly files: readonly {
    readonly id: CandidateId;
    readonly bytes: number;
    readonly sentence: string;
    readonly on: readonly (Standing | undefined)[];
  }[];
  readonly costs: readonly FileCosts[];
}

function booksOf(state: SweepState, own: readonly Standing[]): Books {
  const { classes } = state.setup;
  const standings = classes.map(({ id }) => new Map(standingsOn(state, id).map((each) => [each.candidate, each])));
  const bests = new Set(own.map(({ candidate }) => candidate));
  const all = [...state.candidates.values()].flatMap((candidate) => {
    const on = standings.map((each) => each.get(candidate.id));
    const bytes = on.find((each) => each)?.bytes;
    return bytes === undefined ? [] : [{ id: candidate.id, bytes, sentence: candidate.sentence, on }];
  });
  const need = (standing: Standing): number => (aimOf(state) === 'size' ? standing.bytes : standing.figures.latencyMs.value);
  const costs = all.map(
    (file): FileCosts => ({
      bytes: file.bytes,
      ratios: file.on.map((standing, at) => {
        const best = own[at];
        if (!standing || !best || !mayShip(state, classes[at]?.id, standing)) return Number.POSITIVE_INFINITY;
        // One that looks faster than the best was not chosen, for a reason: it is not better than the best here.
        return standing.candidate === best.candidate
          ? 1
          : Math.max(bests.has(standing.candidate) ? 1 : 1 + 1e-6, need(standing) / need(best));
      }),
    }),
  );
  return { state, own, files: all, costs };
}

// The limit of latency may be broken where there are too few files, and that is said; accuracy and size may not.
function mayShip(state: SweepState, classId: DeviceClassId | undefined, { figures, bytes }: Standing): boolean {
  if (classId === undefined) return false;
  const { latencyMs: _, ...others } = limitsOf(state, classId);
  return looksWithin(others, figures, bytes);
}

function choiceOf(books: Books, count: number): PortfolioChoice {
  const chosen = chooseFiles(books.costs, count);
  const served = servedBy(books.costs, chosen);
  const classes = served.flatMap(({ file }, at) => onClass(books, file, at) ?? []);
  return {
    files: chosen.flatMap((at) => books.files[at]?.id ?? []),
    bytes: chosen.reduce((sum, at) => sum + (books.files[at]?.bytes ?? 0), 0),
    classes,
    worst: classes.reduce((most, each) => Math.max(most, each.regret.value), 0),
  };
}

function onClass({ state, own, files }: Books, file: number, at: number): PortfolioClass | undefined {
  const standing = files[file]?.on[at];
  const best = own[at];
  const deviceClass = state.setup.classes[at];
  if (!standing || !best || !deviceClass) return undefined;
  return {
    classId: deviceClass.id,
    candidate: standing.candidate,
    latencyMs: standing.figures.latencyMs,
    regret: regretOf(standing, best),
    breaks: !looksWithin(limitsOf(state, deviceClass.id), standing.figures, standing.bytes),
  };
}

function regretOf(standing: Standing, best: Standing): Change {
  if (standing.candidate === best.candidate) return { value: 0, low: 0, high: 0 };
  const [a, b] = [standing.figures.latencyMs, best.figures.latencyMs];
  const half = (of: Change): number => Math.log(of.high / of.low) / 2;
  const log = Math.log(a.value / b.value);
  const spread = Math.hypot(half(a), half(b));
  return { value: Math.exp(log) - 1, low: Math.exp(log - spread) - 1, high: Math.exp(log + spread) - 1 };
}

/** The fewest files with which no limit is broken that more files would keep, and no class loses much against more files. */
function suggest(choices: readonly PortfolioChoice[]): number {
  const broken = (choice: PortfolioChoice): number => choice.classes.filter((each) => each.breaks).length;
  const leastBroken = Math.min(...choices.map(broken));
  const leastWorst = Math.min(...choices.filter((each) => broken(each) === leastBroken).map((each) => each.worst));
  const at = choices.findIndex((each) => broken(each) === leastBroken && each.worst <= leastWorst + WORTH_A_FILE);
  return choices[at]?.files.length ?? 1;
}

function filesOf(books: Books, choice: PortfolioChoice | undefined): PortfolioFile[] {
  const bundle = new Set<string>(choice?.files ?? []);
  const worstOf = (at: number): number => Math.max(...(books.costs[at]?.ratios ?? []));
  const order = books.files
    .map((file, at) => ({ file, at }))
    .sort((a, b) => rank(a.file.id) - rank(b.file.id) || worstOf(a.at) - worstOf(b.at));
  function rank(id: string): number {
    return bundle.has(id) ? 0 : id === ORIGINAL_ID ? 2 : 1;
  }
  const others = order.filter(({ file }) => rank(file.id) === 1).slice(0, MOST_OTHERS);
  return [...order.filter(({ file }) => rank(file.id) === 0), ...others, ...order.filter(({ file }) => rank(file.id) === 2)].map(
    ({ file, at }) => ({
      candidate: file.id,
      sentence: file.sentence,
      bytes: file.bytes,
      role: bundle.has(file.id) ? 'in the bundle' : roleOf(books, at),
      classes: file.on.map((_, place) => onClass(books, at, place)),
    }),
  );
}

function roleOf({ files, costs }: Books, at: number): string {
  const file = files[at];
  if (file?.id === ORIGINAL_ID) return 'original';
  const ratios = costs[at]?.ratios ?? [];
  if (ratios.every((ratio) => ratio === Number.POSITIVE_INFINITY)) return 'outside the limits of accuracy or size';
  const least = Math.min(...ratios);
  return least < 1.1 ? 'close to a best' : 'slower everywhere';
}

function sayPortfolio(state: SweepState, choices: readonly PortfolioChoice[], suggested: number): string {
  const classes = state.setup.classes.length;
  const files = (count: number): string => (count === 1 ? '1 file' : `${count} files`);
  const to = classes === 1 ? '1 device class' : `${classes} device classes`;
  const choice = choices[suggested - 1];
  const [one] = choices;
  const loses =
    choice && choice.worst > 0.005
      ? `no class is more than ${sayPercent(choice.worst, 0)} slower than with its own best`
      : 'no class is slower than with its own best';
  const head = `Ship ${files(suggested)} to ${to}: ${loses}.`;
  if (suggested === 1 || !one || one.files.length === 0) return head;
  const [worst] = [...one.classes].sort((a, b) => b.regret.value - a.regret.value);
  if (!worst) return head;
  const label = state.setup.classes.find(({ id }) => id === worst.classId)?.label.split(', ')[0] ?? worst.classId;
  const breaks = one.classes.some((each) => each.breaks) ? ' and break a limit' : '';
  return `${head} One file for all would make ${label} ${(1 + worst.regret.value).toFixed(2)}× slower${breaks}.`;
}
