/** Random numbers from a seed: the same seed gives the same numbers. */
export interface Random {
  /** From 0 to 1, 1 not included. */
  next(): number;
  /** The same items in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
}

/** The generator mulberry32 by Tommy Ettinger, in the public domain: 32 bits of state, enough for an order of rounds. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    shuffled: (items) => {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [result[i], result[j]] = [result[j]!, result[i]!];
      }
      return result;
    },
  };
}
