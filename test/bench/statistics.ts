/** A middle value and the extremes around it. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of rounds, each with several values: the middle round, where a round counts with its middle value. */
export function spread(rounds: readonly (readonly number[])[]): Spread {
  const middles = rounds.map(median);
  return { median: median(middles), min: Math.min(...middles), max: Math.max(...middles) };
}

/** Compares value by value: what disturbs the machine for a while disturbs both of a pair. */
export function pairwise(
  rounds: readonly (readonly number[])[],
  base: readonly (readonly number[])[],
  compare: (value: number, base: number) => number,
): Spread {
  return spread(rounds.map((values, round) => values.map((value, i) => compare(value, base[round]![i]!))));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
