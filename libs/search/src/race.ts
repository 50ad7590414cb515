/** What a race compares: the interval of a candidate's figure, smaller being better. */
export interface Racer {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/**
 * A race (Maron and Moore, NIPS 1994; F-Race: Birattari, Stützle, Paquete and Varrentrapp 2002): who may still win. A racer is out as soon
 * as its whole interval is worse than the end of somebody else's: measuring it further cannot change who is best.
 */
export function stillRacing(racers: readonly Racer[]): readonly Racer[] {
  const surest = Math.min(...racers.map(({ high }) => high));
  return racers.filter(({ low }) => low <= surest);
}
