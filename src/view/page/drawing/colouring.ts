import type { Summary } from '../data/summary.ts';
import { STATUS_CLASSES, type TagSets } from '../data/tags.ts';
import type { Colour } from './marks.ts';
import type { Palette } from './theme.ts';

export type ColourBy = 'status' | 'route' | 'process';

/** The number of names with their own colour. All others share one more colour. */
const RANKS = 7;

/** Gives each tag set a category: its status class, or the rank of its route or process. */
export class Colouring {
  by: ColourBy = 'status';
  /** By the id of the tag set. */
  category = new Uint8Array(64);
  /** Changes when the category of an existing tag set changes. */
  version = 0;
  #ranked: number[] = [];
  readonly #sets: TagSets;

  constructor(sets: TagSets) {
    this.#sets = sets;
  }

  set(by: ColourBy, summary: Summary | undefined): void {
    this.by = by;
    this.#ranked = [];
    this.version++;
    this.rank(summary);
    this.extend();
  }

  /** Ranks routes or processes by their number of requests. Existing ranks are kept, so colours are stable. */
  rank(summary: Summary | undefined): void {
    if (this.by === 'status' || this.#ranked.length >= RANKS || summary === undefined) return;
    const counts = this.by === 'route' ? summary.routes : summary.processes;
    const more = [...counts.keys()]
      .filter((id) => counts[id]! > 0 && !this.#ranked.includes(id))
      .sort((a, b) => counts[b]! - counts[a]!)
      .slice(0, RANKS - this.#ranked.length);
    if (more.length === 0) return;
    this.#ranked.push(...more);
    this.version++;
    this.extend();
  }

  /** Adds new tag sets. */
  extend(): void {
    const sets = this.#sets;
    if (this.by === 'status') {
      this.category = sets.statusClass;
      return;
    }
    const ids = this.by === 'route' ? sets.route : sets.process;
    const rankOf = new Map(this.#ranked.map((id, rank) => [id, rank]));
    this.category = Uint8Array.from(ids, (id) => rankOf.get(id) ?? RANKS);
  }

  colours(palette: Palette): readonly Colour[] {
    return this.by === 'status' ? palette.classes : palette.ranks;
  }

  /** The names of the categories, and their numbers of requests in view. */
  legend(summary: Summary): { category: number; name: string; count: number; value: string | undefined }[] {
    if (this.by === 'status') {
      return STATUS_CLASSES.map((name, category) => ({
        category,
        name,
        count: summary.classes[category]!,
        value: name,
      }));
    }
    const { names } = this.by === 'route' ? this.#sets.routes : this.#sets.processes;
    const counts = this.by === 'route' ? summary.routes : summary.processes;
    const own = this.#ranked.map((id, category) => {
      const name = names[id]!;
      return { category, name, count: counts[id] ?? 0, value: name as string | undefined };
    });
    const rest = summary.total.count - own.reduce((sum, { count }) => sum + count, 0);
    return rest > 0 ? [...own, { category: RANKS, name: 'others', count: rest, value: undefined }] : own;
  }
}
