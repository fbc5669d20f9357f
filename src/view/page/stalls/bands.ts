import type { Mark } from '../../shared/feed.ts';
import type { Model } from '../data/model.ts';
import { type Band, SHORTEST_BLOCK_S } from './band.ts';
import { bandsOf, processOf } from './band-of.ts';
import { silences } from './silence.ts';

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

  /** The bands in view, in the order of time. @param filtered whether they are only those of the filtered process */
  inView(model: Model, filtered = true): Band[] {
    const { rows, sets, drawn, now, filter, summary } = model;
    const { from, to } = drawn.span;
    if (this.#baseMs !== rows.baseMs) this.#located.clear();
    this.#baseMs = rows.baseMs;
    const marks = [...this.#marks.values()].filter(
      (mark) =>
        (mark.kind !== 'blocked' || mark.seconds >= SHORTEST_BLOCK_S) &&
        mark.at - rows.baseMs >= from &&
        mark.from - mark.seconds * 1000 - rows.baseMs <= to &&
        !(filtered && filter.values.process !== undefined && filter.values.process !== processOf(mark)),
    );
    const isNew = marks.some(
      ({ number, at }) => !this.#located.has(number) || now + rows.baseMs - at <= LATE_MS,
    );
    if (isNew) {
      bandsOf(marks, rows, sets).forEach((band, i) => {
        this.#located.set(marks[i]!.number, band);
      });
    }
    const bands = marks
      .map(({ number }) => this.#located.get(number)!)
      .filter((band) => band.to >= from && band.from < to);
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
