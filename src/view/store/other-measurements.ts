import type { Ledger, Other } from '../shared/feed.ts';
import { fieldName, type Key, Kind, type Line } from './line-protocol.ts';

/** Series of other measurements that are kept: the ones written to last. */
const MOST_SERIES = 64;
/** Points kept of each. */
const MOST_POINTS = 120;
/** Processes whose ledger is kept. */
const MOST_LEDGERS = 256;
const MOST_LEDGER_FIELDS = 16;
const LONGEST = 256;

/** Of what this library writes about a process, the fields that say most while one watches. */
const OWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'process-info': ['cpu', 'memory'],
  'request-metrics': ['event_loop_delay_max', 'event_loop_utilization'],
};

interface Points {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly field: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  written: number;
  /** When it was written to last, in points of all series. */
  touched: number;
}

/** The newest points of measurements that are no requests, by their first numeric field. */
export class Others {
  readonly #series = new Map<string, Points>();
  #points = 0;

  /** Points received. */
  get points(): number {
    return this.#points;
  }

  add(key: Key, line: Line): void {
    this.#points++;
    const { measurement, tags } = short(key);
    for (const field of fieldsToKeep(measurement, line)) this.#keep(measurement, tags, line, field);
  }

  #keep(measurement: string, tags: Points['tags'], line: Line, field: number): void {
    const name = cut(fieldName(line, field));
    const id = JSON.stringify([measurement, tags, name]);
    let series = this.#series.get(id);
    if (series === undefined) {
      if (this.#series.size >= MOST_SERIES) this.#forgetOldest();
      const times = new Float64Array(MOST_POINTS);
      const values = new Float64Array(MOST_POINTS);
      series = { measurement, tags, field: name, times, values, written: 0, touched: 0 };
      this.#series.set(id, series);
    }
    series.touched = this.#points;
    const at = series.written++ % MOST_POINTS;
    series.times[at] = milliseconds(line);
    series.values[at] = line.value[field]!;
  }

  list(): Other[] {
    return [...this.#series.values()].map(({ measurement, tags, field, times, values, written }) => {
      const count = Math.min(written, MOST_POINTS);
      const points = Array.from({ length: count }, (_, i) => {
        const at = (written - count + i) % MOST_POINTS;
        return [times[at]!, values[at]!] as const;
      });
      return { measurement, tags, field, points };
    });
  }

  #forgetOldest(): void {
    let oldest: string | undefined;
    let touched = Number.POSITIVE_INFINITY;
    for (const [id, series] of this.#series) {
      if (series.touched >= touched) continue;
      oldest = id;
      touched = series.touched;
    }
    if (oldest !== undefined) this.#series.delete(oldest);
  }
}

/** What the processes that record say became of their requests: the newest of each. */
export class Ledgers {
  readonly #byTags = new Map<string, Ledger>();

  add(key: Key, line: Line): void {
    const fields: Record<string, number> = {};
    for (let field = 0; field < Math.min(line.fields, MOST_LEDGER_FIELDS); field++) {
      if (line.kind[field] !== Kind.text) fields[cut(fieldName(line, field))] = line.value[field]!;
    }
    const { tags } = short(key);
    const id = JSON.stringify(tags);
    const at = milliseconds(line);
    const known = this.#byTags.get(id);
    if (known !== undefined && known.at > at) return; // a repeated delivery
    this.#byTags.delete(id);
    this.#byTags.set(id, { tags, at, fields });
    if (this.#byTags.size <= MOST_LEDGERS) return;
    const [oldest] = this.#byTags.keys();
    this.#byTags.delete(oldest!);
  }

  list(): Ledger[] {
    return [...this.#byTags.values()];
  }
}

/** The first that is a number; of measurements of our own, which have many, some. */
function fieldsToKeep(measurement: string, line: Line): number[] {
  const numbers: number[] = [];
  for (let field = 0; field < line.fields; field++) if (line.kind[field] !== Kind.text) numbers.push(field);
  if (!Object.hasOwn(OWN_FIELDS, measurement)) return numbers.slice(0, 1);
  return numbers.filter((field) => OWN_FIELDS[measurement]!.includes(fieldName(line, field)));
}

function milliseconds(line: Line): number {
  return line.seconds * 1e3 + line.nanoseconds / 1e6;
}

function short({ measurement, tags }: Key): { measurement: string; tags: Record<string, string> } {
  const few = tags.slice(0, 32).filter(([name]) => name !== '__proto__');
  return {
    measurement: cut(measurement),
    tags: Object.fromEntries(few.map(([name, value]) => [cut(name), cut(value)])),
  };
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
