/** A file as the choice sees it: how much of the cost of each class's own best it costs there; `Infinity` where it may not be used. */
export interface FileCosts {
  /** 1 is as good as the class's own best; one number a class. */
  readonly ratios: readonly number[];
  readonly bytes: number;
}

/** Classes up to which the smallest worst case is found exactly; past it a greedy cover is taken. */
const MOST_EXACT = 16;

/**
 * Chooses at most `count` files, by their places in the list, so that the class that is worst off loses least: the smallest largest ratio
 * over the classes of the smallest ratio over the chosen files. (A discrete k-centre problem; each threshold is a set cover, small
 * because there are few device classes.) Of equal choices the one that loses least over all classes, then the smaller one.
 * Returns as few files as do it; none where no choice serves every class.
 */
export function chooseFiles(files: readonly FileCosts[], count: number): readonly number[] {
  const classes = files[0]?.ratios.length ?? 0;
  if (classes === 0) return [];
  const useful = withoutDominated(files);
  const thresholds = [...new Set(useful.flatMap(({ costs }) => costs.ratios.filter(Number.isFinite)))].sort((a, b) => a - b);
  let [low, high] = [0, thresholds.length - 1];
  let cover: readonly number[] | undefined;
  // The cover of a higher threshold is never larger: the lowest one that does is found by halving.
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = coverAt(useful, thresholds[middle] ?? 0, count);
    if (found) [cover, high] = [found, middle - 1];
    else low = middle + 1;
  }
  return cover ? improved(useful, cover).sort((a, b) => a - b) : [];
}

/** The smallest ratio over the chosen files, of each class. */
export function servedBy(
  files: readonly FileCosts[],
  chosen: readonly number[],
): readonly { readonly file: number; readonly ratio: number }[] {
  const classes = files[0]?.ratios.length ?? 0;
  return Array.from({ length: classes }, (_, at) =>
    chosen
      .map((file) => ({ file, ratio: files[file]?.ratios[at] ?? Number.POSITIVE_INFINITY }))
      .reduce((best, each) => (each.ratio < best.ratio ? each : best), { file: -1, ratio: Number.POSITIVE_INFINITY }),
  );
}

interface Useful {
  readonly at: number;
  readonly costs: FileCosts;
}

// A file that another beats everywhere, size included, is never needed.
function withoutDominated(files: readonly FileCosts[]): Useful[] {
  const beats = (a: FileCosts, b: FileCosts): boolean =>
    a.bytes <= b.bytes &&
    a.ratios.every((ratio, at) => ratio <= (b.ratios[at] ?? 0)) &&
    (a.bytes < b.bytes || a.ratios.some((ratio, at) => ratio < (b.ratios[at] ?? 0)));
  const kept: Useful[] = [];
  for (const [at, costs] of files.entries()) {
    if (kept.some((each) => beats(each.costs, costs))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (beats(costs, kept[i]?.costs ?? costs)) kept.splice(i, 1);
    kept.push({ at, costs });
  }
  return kept;
}

function coverAt(files: readonly Useful[], threshold: number, count: number): readonly number[] | undefined {
  const classes = files[0]?.costs.ratios.length ?? 0;
  const masks = new Map<number, Useful>();
  for (const file of files) {
    const mask = file.costs.ratios.reduce((bits, ratio, at) => (ratio <= threshold ? bits | (1 << at) : bits), 0);
    const before = masks.get(mask);
    if (mask !== 0 && (!before || file.costs.bytes < before.costs.bytes)) masks.set(mask, file);
  }
  const full = 2 ** classes - 1;
  return classes <= MOST_EXACT ? exactCover(masks, { full, count }) : greedyCover(masks, { full, count });
}

interface Cover {
  readonly files: readonly number[];
  readonly bytes: number;
}

interface Aim {
  readonly full: number;
  readonly count: number;
}

// By how many files: what can be covered with one more.
function exactCover(masks: ReadonlyMap<number, Useful>, { full, count }: Aim): readonly number[] | undefined {
  let reached = new Map<number, Cover>([[0, { files: [], bytes: 0 }]]);
  for (let used = 0; used < count; used++) {
    const next = new Map(reached);
    for (const [covered, cover] of reached) {
      for (const [mask, file] of masks) {
        const both = covered | mask;
        const bytes = cover.bytes + file.costs.bytes;
        const before = next.get(both);
        if (both !== covered && (!before || (before.files.length === used + 1 && bytes < before.bytes)))
          next.set(both, { files: [...cover.files, file.at], bytes });
      }
    }
    reached = next;
    const done = reached.get(full);
    if (done) return done.files;
  }
  return undefined;
}

function greedyCover(masks: ReadonlyMap<number, Useful>, { full, count }: Aim): readonly number[] | undefined {
  const files: number[] = [];
  let covered = 0;
  const bits = (value: number): number => value.toString(2).replaceAll('0', '').length;
  while (covered !== full && files.length < count) {
    const [best] = [...masks].sort(([a], [b]) => bits(b | covered) - bits(a | covered));
    if (!best) break;
    covered |= best[0];
    files.push(best[1].at);
  }
  return covered === full ? files : undefined;
}

/** Exchanges single files as long as no class is worse off than the worst was, and all together are better off. */
function improved(files: readonly Useful[], cover: readonly number[]): number[] {
  const costs: FileCosts[] = [];
  for (const { at, costs: each } of files) costs[at] = each;
  const judge = (chosen: readonly number[]) => {
    const ratios = servedBy(
      files.map(({ costs: each }) => each),
      chosen.map((at) => files.findIndex((file) => file.at === at)),
    );
    return {
      worst: Math.max(...ratios.map(({ ratio }) => ratio)),
      sum: ratios.reduce((sum, { ratio }) => sum + Math.max(1, ratio), 0),
      bytes: chosen.reduce((sum, at) => sum + (costs[at]?.bytes ?? 0), 0),
    };
  };
  let best = [...cover];
  let now = judge(best);
  for (let again = true; again; ) {
    again = false;
    for (let place = 0; place < best.length; place++) {
      for (const { at } of files) {
        const tried = best.with(place, at);
        const then = judge(tried);
        if (then.worst > now.worst || then.sum > now.sum || (then.sum === now.sum && then.bytes >= now.bytes)) continue;
        [best, now, again] = [tried, then, true];
      }
    }
  }
  return best;
}
