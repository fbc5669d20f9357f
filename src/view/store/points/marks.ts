import { copyOf } from '../../../safety/foreign-text.ts';
import type { Mark } from '../../shared/feed.ts';
import { fieldName, fieldText, Kind, type Line, milliseconds } from '../line-protocol/line.ts';
import { BoundedMap } from './bounded-map.ts';
import { MAX_NAME_LENGTH, type Source } from './source.ts';

/** Delays of the event loop below this are usual, s. */
const SHORTEST_S = 0.05;
/** The most marks; the oldest are dropped. */
const MAX_MARKS = 2000;
const MAX_SOURCES = 256;
/** A longer time between two points is not one period, ms. */
const LONGEST_PERIOD_MS = 600_000;

/** The newest marks on the axis of time: blocked event loops, starts and stops of processes. */
export class Marks {
  readonly #marks: Mark[] = [];
  /** The time of the latest point of each process: the next period begins there. */
  readonly #latest: BoundedMap<{ at: number }>;
  #added = 0;

  constructor(clock: () => number) {
    this.#latest = new BoundedMap(MAX_SOURCES, clock);
  }

  /** The number of marks that were ever added. */
  get added(): number {
    return this.#added;
  }

  /** The marks in memory after the first `position` that were ever added. */
  after(position: number): readonly Mark[] {
    const missing = this.#added - position;
    return missing >= this.#marks.length ? this.#marks : this.#marks.slice(this.#marks.length - missing);
  }

  add(source: Source, line: Line): void {
    if (source.measurement === 'request-metrics') this.#addDelay(source, line);
    else if (source.measurement === 'process-event') this.#addEvent(source, line);
  }

  #addDelay({ id, tags }: Source, line: Line): void {
    const seconds = numberOf(line, 'event_loop_delay_max');
    if (seconds === undefined) return;
    const at = milliseconds(line);
    const latest = this.#latest.get(id, () => ({ at: Number.NaN }));
    const before = latest?.at ?? Number.NaN;
    if (latest !== undefined) latest.at = at;
    // The beginning of the first period of a process is not known. It contains the start of the process.
    if (seconds < SHORTEST_S || !(at > before && at - before <= LONGEST_PERIOD_MS)) return;
    this.#push({ kind: 'blocked', tags, from: before, at, seconds, text: '' });
  }

  #addEvent({ tags }: Source, line: Line): void {
    const kind = textOf(line, 'event');
    if (kind !== 'start' && kind !== 'stop') return;
    const at = milliseconds(line);
    this.#push({ kind, tags, from: at, at, seconds: 0, text: textOf(line, 'text') ?? '' });
  }

  #push(mark: Omit<Mark, 'number'>): void {
    this.#marks.push({ number: this.#added++, ...mark });
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }
}

function fieldAt(line: Line, name: string): number {
  for (let field = 0; field < line.fields; field++) if (fieldName(line, field) === name) return field;
  return -1;
}

function numberOf(line: Line, name: string): number | undefined {
  const field = fieldAt(line, name);
  return field < 0 || line.kind[field] === Kind.text ? undefined : line.value[field];
}

function textOf(line: Line, name: string): string | undefined {
  const field = fieldAt(line, name);
  return field < 0 || line.kind[field] !== Kind.text
    ? undefined
    : copyOf(fieldText(line, field), MAX_NAME_LENGTH);
}
