import { CHUNK_ROWS, type Chunk, TRACE_BYTES } from '../../../view/shared/columns.ts';
import type { Store } from '../../../view/store/store.ts';
import type { Row } from '../../influxql.ts';
import { type RouteSummary, type Stored, toLine } from './stored.ts';

const FIELD_TYPES = new Map([
  ['application_time', 'float'],
  ['start_time', 'integer'],
  ['first_byte_time', 'float'],
  ['queue_time', 'float'],
  ['bytes_in', 'integer'],
  ['bytes_out', 'integer'],
  ['connection_requests', 'integer'],
  ['in_flight', 'integer'],
  ['sequence', 'integer'],
  ['slot', 'integer'],
  ['trace_id', 'string'],
]);

/** The points of a run in the live view. */
export class ViewedRun implements Stored {
  readonly holder = 'the live view';
  readonly #store: Store;
  readonly #run: string;

  constructor(store: Store, run: string) {
    this.#store = store;
    this.#run = run;
  }

  async count(): Promise<number> {
    let count = 0;
    for (const _ of this.#rows()) count++;
    return count;
  }

  async routes(): Promise<RouteSummary[]> {
    const all: number[] = [];
    const groups = new Map<string, { route: string; method: string; status: string; times: number[] }>();
    for (const { tags, chunk, at } of this.#rows()) {
      const { route = '', method = '', status = '' } = tags;
      const statusClass = status === '0' ? status : `${status[0]}xx`;
      const key = JSON.stringify([route, method, statusClass]);
      let group = groups.get(key);
      if (group === undefined) {
        group = { route, method, status: statusClass, times: [] };
        groups.set(key, group);
      }
      group.times.push(chunk.duration[at]!);
      all.push(chunk.duration[at]!);
    }
    const each = [...groups.values()].map(summarize).sort((a, b) => b.count - a.count);
    return [...each, summarize({ route: 'all of them', method: '', status: '', times: all })];
  }

  async line(): Promise<string | undefined> {
    let last: { tags: Readonly<Record<string, string>>; chunk: Chunk; at: number } | undefined;
    for (const row of this.#rows()) {
      if (row.tags.route?.includes(':') && row.tags.status?.startsWith('2')) last = row;
    }
    return last && toLine({ ...last.tags, ...fieldsOf(last.chunk, last.at) }, FIELD_TYPES);
  }

  *#rows(): Generator<{ tags: Readonly<Record<string, string>>; chunk: Chunk; at: number }> {
    const { series, rows } = this.#store;
    const own = new Map(
      series
        .addedAfter(0)
        .filter(({ tags }) => tags.run === this.#run)
        .map(({ id, tags }) => [id, tags]),
    );
    for (const { chunk, count } of rows) {
      for (let at = 0; at < Math.min(count, CHUNK_ROWS); at++) {
        const tags = own.get(chunk.series[at]!);
        if (tags !== undefined) yield { tags, chunk, at };
      }
    }
  }
}

function summarize({
  times,
  ...group
}: {
  route: string;
  method: string;
  status: string;
  times: number[];
}): RouteSummary {
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return {
    ...group,
    count: times.length,
    mean,
    p95: times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN,
  };
}

function fieldsOf(chunk: Chunk, at: number): Row {
  const time = chunk.timestamp[at]!;
  const known = (value: number, absent: number) => (value === absent ? null : value);
  const seconds = (value: number) => (Number.isNaN(value) ? null : Math.round(value * 1e9) / 1e9);
  const trace = chunk.trace.subarray(at * TRACE_BYTES, (at + 1) * TRACE_BYTES);
  return {
    application_time: chunk.duration[at]!,
    bytes_in: known(chunk.bytesIn.get(at), -1),
    bytes_out: known(chunk.bytesOut.get(at), -1),
    connection_requests: known(chunk.connectionRequests.get(at), 0),
    first_byte_time: seconds(chunk.firstByte[at]!),
    in_flight: known(chunk.inFlight.get(at), 0),
    queue_time: seconds(chunk.queueTimeOf(at)),
    sequence: known(chunk.sequence.get(at), 0),
    slot: known(chunk.slot.get(at), 0),
    start_time: chunk.startOf(at),
    trace_id: trace.some((byte) => byte !== 0) ? Buffer.from(trace).toString('hex') : null,
    time,
  };
}
