/** What may be chosen for one layer: whole, or a rank. */
export interface RankChoice {
  readonly id: string;
  /** Parameters of the whole layer. */
  readonly whole: number;
  /** Ranks that pay, largest first. */
  readonly ranks: readonly number[];
  parameters(rank: number): number;
  /** errors[rank]: share of the output that is lost. */
  readonly errors: Float64Array;
  /** Distances of the answers at some ranks; empty: the errors alone decide. */
  readonly measured: readonly { readonly rank: number; readonly distance: number }[];
}

/** The cost of a rank: measured where it was, else the error times a factor that changes linearly between measured ranks. */
function costOfRank({ errors, measured }: Pick<RankChoice, 'errors' | 'measured'>, rank: number): number {
  const error = errors[rank] ?? 0;
  const factors = measured
    .map((point) => ({ rank: point.rank, factor: point.distance / Math.max(errors[point.rank] ?? 0, 1e-12) }))
    .sort((a, b) => b.rank - a.rank);
  const below = factors.find((point) => point.rank <= rank) ?? factors.at(-1);
  const above = factors.findLast((point) => point.rank >= rank) ?? below;
  if (!below || !above) return error;
  const share = above.rank === below.rank ? 0 : (above.rank - rank) / (above.rank - below.rank);
  return error * (above.factor + (below.factor - above.factor) * Math.min(1, Math.max(0, share)));
}

/**
 * Ranks that leave a share of all parameters where they cost least: along the lower convex hull of cost against parameters of every
 * layer, the cheapest parameter first. "Whole" stands on the hull, so a layer that would pay little stays so.
 */
export function ranksByCost(choices: readonly RankChoice[], keep: number): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  const sizeOf = (choice: RankChoice): number => {
    const rank = ranks.get(choice.id);
    return rank === undefined ? choice.whole : choice.parameters(rank);
  };
  const costNow = (choice: RankChoice): number => {
    const rank = ranks.get(choice.id);
    return rank === undefined ? 0 : costOfRank(choice, rank);
  };
  const total = (): number => choices.reduce((sum, choice) => sum + sizeOf(choice), 0);
  const goal = keep * choices.reduce((sum, { whole }) => sum + whole, 0);
  while (total() > goal) {
    let best: { readonly id: string; readonly rank: number; readonly price: number } | undefined;
    for (const choice of choices)
      for (const rank of choice.ranks) {
        if (rank >= (ranks.get(choice.id) ?? Number.POSITIVE_INFINITY)) continue;
        const saved = sizeOf(choice) - choice.parameters(rank);
        const price = (costOfRank(choice, rank) - costNow(choice)) / saved;
        if (saved > 0 && (!best || price < best.price)) best = { id: choice.id, rank, price };
      }
    if (!best) break;
    ranks.set(best.id, best.rank);
  }
  return ranks;
}

/** The rank of each layer that leaves the same share of each, as near as its ranks allow. */
export function ranksByShare(choices: readonly RankChoice[], keep: number): ReadonlyMap<string, number> {
  return new Map(
    choices.flatMap((choice) => {
      const off = (rank: number): number => Math.abs(choice.parameters(rank) - keep * choice.whole);
      const [first] = choice.ranks;
      if (first === undefined) return [];
      return [[choice.id, choice.ranks.reduce((best, rank) => (off(rank) < off(best) ? rank : best), first)] as const];
    }),
  );
}
