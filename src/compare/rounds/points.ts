import { unitOf } from '../../record/timestamp-units.ts';
import { Store } from '../../view/store/store.ts';
import { unzipped } from './nanoseconds.ts';
import type { Written } from './sink.ts';

/** The most requests of a round that are looked at. */
const MAX_POINTS = 5_000_000;

/** A request as its server recorded it. Times in s; NaN, 0 or '' for what is not known. */
export interface PointRow {
  readonly tags: Readonly<Record<string, string>>;
  /** ms since 1970 */
  readonly startMs: number;
  readonly endMs: number;
  readonly duration: number;
  readonly queueTime: number;
  readonly slot: number;
  readonly inFlight: number;
  readonly connectionRequests: number;
  readonly bytesOut: number;
}

/** By how much a time may be rounded, ms. */
const ROUNDING_MS = 0.01;

/**
 * Whether a request was due at `fromMs` or later. The load stamps each request with the time at which it was due, so that the
 * server knows for how long it had waited: one of the warm-up may be seen only in the measured part.
 */
export function isDueFrom(fromMs: number, startMs: number, queueTime: number): boolean {
  return (Number.isNaN(queueTime) ? startMs : startMs - 1000 * queueTime + ROUNDING_MS) >= fromMs;
}

/** The requests of a round, in the order in which they were written. */
export class Points {
  readonly store: Store = new Store(MAX_POINTS);

  add(body: Written): void {
    const text = unzipped(body);
    if (text !== undefined) this.store.write(text, unitOf(body.precision ?? 'ns') ?? 1n);
  }

  /** How many requests began at `fromMs` or later. */
  countFrom(fromMs: number): number {
    let count = 0;
    for (const { chunk, count: rows } of this.store.rows) {
      for (let at = 0; at < rows; at++) {
        if ((Number(chunk.timestamp[at]!) - chunk.leadOf(at)) / 1e6 >= fromMs) count++;
      }
    }
    return count;
  }

  *[Symbol.iterator](): Generator<PointRow> {
    const { rows, series } = this.store;
    const tagsById = new Map(series.addedAfter(0).map(({ id, tags }) => [id, tags]));
    for (const { chunk, count } of rows) {
      for (let at = 0; at < count; at++) {
        const endMs = Number(chunk.timestamp[at]!) / 1e6;
        yield {
          tags: tagsById.get(chunk.series[at]!) ?? {},
          startMs: endMs - chunk.leadOf(at) / 1e6,
          endMs,
          duration: chunk.duration[at]!,
          queueTime: chunk.queueTimeOf(at),
          slot: chunk.slot.get(at),
          inFlight: chunk.inFlight.get(at),
          connectionRequests: chunk.connectionRequests.get(at),
          bytesOut: chunk.bytesOut.get(at),
        };
      }
    }
  }
}
