import type { Summary } from '../data/summary.ts';
import { STATUS_CLASSES, STREAM_CLASS, type TagSets } from '../data/tags.ts';
import type { Colour } from './marks.ts';

export type ColourBy = 'status' | 'route' | 'process';

/** The number of names with their own colour. All others share one more colour. */
const RANKS = 7;
/** A name takes the colour of another one if it weighs more by this factor. */
const CLEARLY = 1.5;

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

  /** The category of streams, if they have one of their own. */
  get streams(): number | undefined {
    return this.by === 'status' ? STREAM_CLASS : undefined;
  }

  /**
   * Ranks routes or processes by what makes the window slow: their time above its median. A colour stays with its name
   * until another name matters clearly more.
   */
  rank(summary: Summary | undefined): void {
    if (this.by === 'status' || summary === undefined) return;
    const counts = this.by === 'route' ? summary.routes : summary.processes;
    const weigh = weightOf(this.by, summary);
    const ranked = [...this.#ranked];
    const candidates = [...counts.keys()]
      .filter((id) => counts[id]! > 0 && !ranked.includes(id))
      .sort((a, b) => weigh(b) - weigh(a) || counts[b]! - counts[a]!)
      .slice(0, RANKS);
    for (const id of candidates) {
      if (ranked.length < RANKS) {
        ranked.push(id);
        continue;
      }
      const least = ranked.reduce((a, b) => (weigh(b) < weigh(a) ? b : a));
      if (weigh(id) <= CLEARLY * weigh(least)) break;
      ranked[ranked.indexOf(least)] = id;
    }
    if (ranked.join() === this.#ranked.join()) return;
    this.#ranked = ranked;
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

  colours(palette: Record<'classes' | 'ranks', readonly Colour[]>): readonly Colour[] {
    return this.by === 'status' ? palette.classes : palette.ranks;
  }

  /** The names of the categories, and their numbers of requests in view: first what matters most. */
  legend(summary: Summary): { category: number; name: string; count: number; value: string | undefined }[] {
    if (this.by === 'status') {
      const classes = STATUS_CLASSES.map((name, category) => ({
        ...{ category, name, count: summary.classes[category]! },
        value: name as string | undefined,
      }));
      const count = summary.classes[STREAM_CLASS]!;
      return [...classes, { category: STREAM_CLASS, name: 'streams', count, value: undefined }];
    }
    const { names } = this.by === 'route' ? this.#sets.routes : this.#sets.processes;
    const counts = this.by === 'route' ? summary.routes : summary.processes;
    const weigh = weightOf(this.by, summary);
    const own = this.#ranked.map((id, category) => {
      const name = names[id]!;
      return {
        ...{ category, name, count: counts[id] ?? 0, value: name as string | undefined },
        weight: weigh(id),
      };
    });
    own.sort((a, b) => b.weight - a.weight || b.count - a.count);
    const rest = summary.total.count - own.reduce((sum, { count }) => sum + count, 0);
    return rest > 0 ? [...own, { category: RANKS, name: 'others', count: rest, value: undefined }] : own;
  }
}

/** The time above the median of the window, by the id of a route or process. */
function weightOf(by: ColourBy, { excess }: Summary): (id: number) => number {
  const weights = by === 'route' ? excess.routes : excess.processes;
  return (id) => weights[id] ?? 0;
}
