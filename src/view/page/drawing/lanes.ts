import type { TagSets } from '../data/tags.ts';

/** The most lanes, since each takes memory. */
const MAX_LANES = 2000;

/** The lanes of the plot: one per process (and thread) and slot, grouped by process. */
export class Lanes {
  /** Group (process and thread) and slot of each lane. */
  readonly list: readonly { readonly group: number; readonly slot: number }[];
  /** The number of lanes beyond the limit. */
  readonly leftOut: number;
  readonly #first: Int32Array;
  /** The greatest slot by group, and the greatest slot with a lane. */
  readonly #slots: Uint32Array;
  readonly #shown: Uint32Array;
  readonly #sets: TagSets;

  /** @param slots greatest slot by group */
  constructor(sets: TagSets, slots: ReadonlyMap<number, number>) {
    this.#sets = sets;
    const groups = [...slots.keys()].sort((a, b) =>
      sets.groups.names[a]!.localeCompare(sets.groups.names[b]!, 'en', { numeric: true }),
    );
    const list: { group: number; slot: number }[] = [];
    this.#first = new Int32Array(sets.groups.names.length).fill(-1);
    this.#slots = new Uint32Array(sets.groups.names.length);
    this.#shown = new Uint32Array(sets.groups.names.length);
    let all = 0;
    for (const group of groups) {
      const count = slots.get(group)!;
      const shown = Math.min(count, MAX_LANES - list.length);
      all += count;
      this.#first[group] = list.length;
      this.#slots[group] = count;
      this.#shown[group] = shown;
      for (let slot = 1; slot <= shown; slot++) list.push({ group, slot });
    }
    this.list = list;
    this.leftOut = all - list.length;
  }

  get count(): number {
    return this.list.length;
  }

  /** The lane of a request; -1 if it has no slot, or its lane is left out. */
  of(series: number, slot: number): number {
    return this.at(this.#sets.group[series]!, slot);
  }

  /** The same by the group. */
  at(group: number, slot: number): number {
    const first = this.#first[group];
    return first === undefined || first < 0 || slot === 0 || slot > this.#shown[group]!
      ? -1
      : first + slot - 1;
  }

  /** Whether `slots` would give the same lanes. */
  equals(slots: ReadonlyMap<number, number>): boolean {
    let used = 0;
    for (const count of this.#slots) if (count > 0) used++;
    return used === slots.size && [...slots].every(([group, count]) => this.#slots[group] === count);
  }
}
