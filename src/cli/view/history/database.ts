import type { Store } from '../../../view/store/store.ts';
import { CliError } from '../../cli-error.ts';
import { type InfluxTarget, influxQuery, QueryError, quoteName, quoteText } from '../../influxql.ts';
import type { Range } from '../../verify/range.ts';
import { CsvLines, type FieldKinds, REQUEST_FIELDS } from './csv-lines.ts';
import { StoreWriter } from './history.ts';

/** The range is counted in so many parts. */
const PARTS = 400;
/** Points of a query, about. */
const PAGE = 100_000;
/** Points that InfluxDB encodes at a time. */
const CHUNK = 10_000;
/** No bytes for so long is an error. */
const STALL_MS = 60_000;

/** Other points that explain the requests. */
const BESIDE: readonly (readonly [measurement: string, fields: FieldKinds])[] = [
  ['request-metrics', { event_loop_delay_max: 'float', event_loop_utilization: 'float' }],
  ['process-event', { event: 'text', text: 'text' }],
];

export interface History {
  /** Requests in the range, and those of them that were read: the newest. */
  readonly found: number;
  readonly read: number;
}

/**
 * Reads a range of a database into a store by InfluxQL, in pages, as CSV, in the order of time. If there are more requests than
 * the store can hold, the newest are read.
 */
export async function readDatabase(
  target: InfluxTarget,
  range: Range,
  service: string | undefined,
  store: Store,
  loading: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<History> {
  const where = service === undefined ? '' : ` AND "service" = ${quoteText(service)}`;
  const parts = await countParts(target, range, where);
  const found = parts.reduce((sum, part) => sum + part.count, 0);
  let first = parts.length;
  let total = 0;
  while (first > 0 && total + parts[first - 1]!.count <= store.max) total += parts[--first]!.count;
  const from = parts[first]?.from ?? BigInt(range.to) * 1_000_000n;
  const to = BigInt(range.to) * 1_000_000n;
  const readPage = async (measurement: string, fields: FieldKinds, page: { from: bigint; to: bigint }) => {
    const tags = await tagKeys(target, measurement);
    if (tags === undefined) return;
    const rows = { measurement, tags, fields, where };
    await readRows(target, rows, page, store, signal);
  };
  for (const [measurement, fields] of BESIDE) await readPage(measurement, fields, { from, to });
  let done = 0;
  for (let at = first; at < parts.length && !signal.aborted; ) {
    let end = at;
    let size = 0;
    while (end < parts.length && (size === 0 || size + parts[end]!.count <= PAGE))
      size += parts[end++]!.count;
    if (size > 0)
      await readPage('raw-requests', REQUEST_FIELDS, { from: parts[at]!.from, to: parts[end]?.from ?? to });
    done += size;
    at = end;
    loading(done, total);
  }
  return { found, read: done };
}

/** The number of requests in parts of the range. */
async function countParts(target: InfluxTarget, { from, to }: Range, where: string) {
  const step = Math.max(1, Math.ceil((to - from) / PARTS));
  const rows = await influxQuery(
    target,
    `SELECT count("application_time") AS "n" FROM "raw-requests" WHERE time >= ${from}ms AND time < ${to}ms${where} GROUP BY time(${step}ms) fill(0)`,
  );
  const begin = BigInt(from) * 1_000_000n;
  return rows.map(({ time, n }) => {
    const at = BigInt(time as bigint);
    return { from: at < begin ? begin : at, count: Number(n) };
  });
}

async function tagKeys(target: InfluxTarget, measurement: string): Promise<string[] | undefined> {
  const rows = await influxQuery(target, `SHOW TAG KEYS FROM ${quoteName(measurement)}`);
  return rows.length === 0 ? undefined : rows.map(({ tagKey }) => String(tagKey));
}

async function readRows(
  target: InfluxTarget,
  rows: { measurement: string; tags: readonly string[]; fields: FieldKinds; where: string },
  page: { from: bigint; to: bigint },
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const columns = [...Object.keys(rows.fields), ...rows.tags].map((name) => quoteName(name));
  const q = `SELECT ${columns.join()} FROM ${quoteName(rows.measurement)} WHERE time >= ${page.from} AND time < ${page.to}${rows.where}`;
  const url = new URL(`${target.url.replace(/\/+$/, '')}/query`);
  const parameters = {
    ...{ epoch: 'ns', chunked: 'true', chunk_size: String(CHUNK), q },
    ...(target.database !== undefined && { db: target.database }),
    ...(target.retentionPolicy !== undefined && { rp: target.retentionPolicy }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const stalled = new AbortController();
  let stall = setTimeout(() => stalled.abort(new Error('the database sends nothing')), STALL_MS);
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/csv', ...target.headers },
      signal: AbortSignal.any([signal, stalled.signal]),
    });
    if (!response.ok)
      throw new QueryError(target.url, response.status, (await response.text()).slice(0, 1000));
    if (!/csv/.test(response.headers.get('content-type') ?? ''))
      throw new CliError(
        `${target.url} does not answer with CSV, which --from and --last read from InfluxDB`,
      );
    const csv = new CsvLines(rows.measurement, rows.tags, rows.fields);
    const writer = new StoreWriter(store);
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of response.body ?? []) {
      clearTimeout(stall);
      stall = setTimeout(() => stalled.abort(new Error('the database sends nothing')), STALL_MS);
      const text = rest + decoder.decode(bytes, { stream: true });
      const lines = text.split('\n');
      rest = lines.pop()!;
      let out = '';
      for (const line of lines) if (line !== '') out += csv.line(line);
      if (out !== '') await writer.write(Buffer.from(out));
    }
    writer.end();
  } finally {
    clearTimeout(stall);
  }
}
