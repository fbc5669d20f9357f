import type { Mark } from '../../shared/feed.ts';
import type { Model } from '../data/model.ts';
import type { Rows } from '../data/rows.ts';
import { groupOf, type TagSets } from '../data/tags.ts';
import type { Band } from './band.ts';
import { locate } from './locate.ts';
import { silences } from './silence.ts';

/** Shorter blocks are in no band, s. */
const SHORTEST_S = 0.1;
/** The most bands; the longest are drawn. */
const MAX_BANDS = 40;
/** The requests of a period arrive within this time, ms. Until then, blocks are located again and again. */
const LATE_MS = 4000;

/** The bands of the requests in memory. */
export class Bands {
  readonly #marks = new Map<number, Mark>();
  readonly #located = new Map<number, Band>();
  #baseMs = Number.NaN;

  clear(): void {
    this.#marks.clear();
    this.#located.clear();
  }

  add(marks: readonly Mark[]): void {
    for (const mark of marks) this.#marks.set(mark.number, mark);
  }

  /** The bands in view, in the order of time. */
  inView(model: Model): Band[] {
    const { rows, sets, drawn, now, filter, summary } = model;
    const { from, to } = drawn.span;
    if (this.#baseMs !== rows.baseMs) this.#located.clear();
    this.#baseMs = rows.baseMs;
    const bands: Band[] = [];
    for (const mark of this.#marks.values()) {
      if (mark.kind === 'blocked' && mark.seconds < SHORTEST_S) continue;
      if (mark.at - rows.baseMs < from || mark.from - mark.seconds * 1000 - rows.baseMs > to) continue;
      if (filter.values.process !== undefined && filter.values.process !== processOf(mark)) continue;
      const band = this.#located.get(mark.number) ?? bandOf(mark, rows, sets);
      if (now + rows.baseMs - mark.at > LATE_MS) this.#located.set(mark.number, band);
      if (band.to >= from && band.from < to) bands.push(band);
    }
    if (summary !== undefined && filter.text === '' && Object.keys(filter.values).length === 0) {
      for (const gap of silences(summary.buckets)) bands.push(silenceOf(gap));
    }
    const longest = bands.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MAX_BANDS);
    return longest.sort((a, b) => a.from - b.from);
  }
}

function silenceOf({ from, to }: { from: number; to: number }): Band {
  const text = 'nothing was recorded';
  return {
    ...{ kind: 'silence', id: `silence ${from}`, from, to, exact: true, group: '', process: '' },
    seconds: (to - from) / 1000,
    text,
  } as const;
}

function bandOf(mark: Mark, rows: Rows, sets: TagSets): Band {
  const { kind, number, seconds, text, tags } = mark;
  const group = groupOf(tags);
  const common = { kind, id: String(number), group, process: processOf(mark), seconds, text };
  const [from, to] = [mark.from - rows.baseMs, mark.at - rows.baseMs];
  if (kind !== 'blocked') return { ...common, from: to, to, exact: true };
  const lengthMs = seconds * 1000;
  return {
    ...common,
    ...locate(eventsOf(rows, sets, group, from - lengthMs - 50, to + 50), from, to, lengthMs),
  };
}

/** Process of a mark. `process-event` has no tag of that name in older versions. */
export function processOf({ tags }: Mark): string {
  return tags.process ?? `${tags.hostname ?? ''}:${tags.pid ?? ''}`;
}

/** The times at which requests of a group started or ended. */
function eventsOf(rows: Rows, sets: TagSets, group: string, from: number, to: number): number[] {
  const id = sets.groups.id(group);
  const events: number[] = [];
  for (const block of rows.open(from, to)) {
    const { series } = block.chunk;
    for (let i = block.from; i < block.to; i++) {
      if (sets.group[series[i]!] !== id) continue;
      const end = block.end[i]!;
      if (end < from) continue;
      if (end <= to) events.push(end);
      const start = block.start(i);
      if (start >= from && start <= to) events.push(start);
    }
  }
  return events;
}
