import { traceOf } from './filter.ts';
import type { Block } from './rows.ts';
import type { TagSets } from './tags.ts';

/** The tag sets and paths that rows refer to. */
export interface Naming {
  readonly sets: TagSets;
  /** Paths by id. */
  readonly texts: ReadonlyMap<number, string>;
}

/** A request as it was written. Unknown fields are absent. */
export interface Request {
  readonly tags: Readonly<Record<string, string>>;
  /** End, ns since 1970. */
  readonly timestamp: bigint;
  /** Start, ns since 1970. */
  readonly start: bigint;
  /** Floats in s, integers and texts, sorted by name. */
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly type: 'float' | 'integer' | 'string';
  readonly value: number | bigint | string;
}

export function requestAt({ chunk }: Block, index: number, { sets, texts }: Naming): Request {
  const timestamp = chunk.timestamp[index]!;
  const start = chunk.startOf(index);
  const fields: Field[] = [{ name: 'application_time', type: 'float', value: chunk.duration[index]! }];
  const integer = (name: string, value: number, absent: number) => {
    if (value !== absent) fields.push({ name, type: 'integer', value });
  };
  const single = (name: string, value: number) => {
    if (!Number.isNaN(value)) fields.push({ name, type: 'float', value: fromSingle(value) });
  };
  integer('bytes_in', chunk.bytesIn.get(index), -1);
  integer('bytes_out', chunk.bytesOut.get(index), -1);
  integer('connection_requests', chunk.connectionRequests.get(index), 0);
  single('first_byte_time', chunk.firstByte[index]!);
  integer('in_flight', chunk.inFlight.get(index), 0);
  const path = texts.get(chunk.path[index]!);
  if (path !== undefined) fields.push({ name: 'path', type: 'string', value: path });
  single('queue_time', chunk.queueTimeOf(index));
  integer('sequence', chunk.sequence.get(index), 0);
  integer('slot', chunk.slot.get(index), 0);
  fields.push({ name: 'start_time', type: 'integer', value: start });
  const trace = traceOf(chunk.trace, index);
  if (trace !== undefined) fields.push({ name: 'trace_id', type: 'string', value: trace });
  return { tags: sets.tags[chunk.series[index]!] ?? {}, timestamp, start, fields };
}

/**
 * Restores a number that is stored in single precision: whole ns if they fit, as they do below 15 ms, else the
 * shortest number with the same single-precision value.
 */
export function fromSingle(value: number): number {
  const ns = Math.round(value * 1e9) / 1e9;
  if (Math.fround(ns) === value && Math.abs(value) < 2 ** -6) return ns;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** The request as a line of InfluxDB's line protocol, without the line feed. */
export function lineOf({ tags, fields, timestamp }: Request): string {
  let line = 'raw-requests';
  for (const name of Object.keys(tags).sort()) line += `,${escapeTag(name)}=${escapeTag(tags[name]!)}`;
  const written = fields.map(({ name, type, value }) => {
    if (type === 'string') return `${name}="${String(value).replace(/["\\]/g, '\\$&')}"`;
    return `${name}=${value}${type === 'integer' ? 'i' : ''}`;
  });
  return `${line} ${written.join(',')} ${timestamp}`;
}

function escapeTag(text: string): string {
  return text.replace(/[,= ]/g, '\\$&');
}

const CSV_TAGS = [
  'hostname',
  'process',
  'worker',
  'thread',
  'method',
  'route',
  'status',
  'outcome',
  'service',
];
const CSV_FIELDS = [
  ...['application_time', 'first_byte_time', 'queue_time', 'slot', 'in_flight', 'bytes_in', 'bytes_out'],
  ...['connection_requests', 'sequence', 'trace_id', 'path'],
];

/** The header of a CSV file: times in ns, durations in s, custom tags last. */
export function csvHead(moreTags: readonly string[]): string {
  return csvLine(['end_ns', 'start_ns', ...CSV_TAGS, ...CSV_FIELDS, ...moreTags]);
}

export function csvOf({ tags, fields, timestamp, start }: Request, moreTags: readonly string[]): string {
  const byName = new Map(fields.map(({ name, value }) => [name, value]));
  return csvLine([
    ...[timestamp, start],
    ...CSV_TAGS.map((name) => tags[name] ?? ''),
    ...CSV_FIELDS.map((name) => byName.get(name) ?? ''),
    ...moreTags.map((name) => tags[name] ?? ''),
  ]);
}

/** Tags that are not among the fixed columns. */
export function moreTagsOf(sets: TagSets): string[] {
  const names = new Set(sets.tags.flatMap((tags) => Object.keys(tags ?? {})));
  return [...names].filter((name) => !CSV_TAGS.includes(name)).sort();
}

function csvLine(values: readonly (string | number | bigint)[]): string {
  return values.map((value) => (typeof value === 'string' ? csvText(value) : String(value))).join(',');
}

function csvText(text: string): string {
  // Spreadsheets evaluate texts that look like formulas. A quote before them prevents that.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** Metadata events with the names of the processes and slots that trace events refer to. */
export function traceNames(sets: TagSets, slots: ReadonlyMap<number, ReadonlySet<number>>): object[] {
  return [...slots].flatMap(([group, used]) => [
    { ph: 'M', name: 'process_name', pid: group + 1, tid: 0, args: { name: sets.groups.names[group] } },
    ...[...used]
      .sort((a, b) => a - b)
      .map((slot) => ({
        ph: 'M',
        name: 'thread_name',
        pid: group + 1,
        tid: slot,
        args: { name: `slot ${slot}` },
      })),
  ]);
}

/** The request as an event of Chrome's trace format. Times are in µs after `originNs`, exact to the ns. */
export function traceEventOf(request: Request, group: number, slot: number, originNs: bigint): object {
  const { tags, fields, timestamp, start } = request;
  return {
    ph: 'X',
    cat: 'request',
    name: `${tags.method ?? ''} ${tags.route ?? ''}`.trim(),
    pid: group + 1,
    tid: slot,
    ts: Number(start - originNs) / 1000,
    dur: Number(timestamp - start) / 1000,
    args: {
      ...tags,
      ...Object.fromEntries(
        fields.map(({ name, value }) => [name, typeof value === 'bigint' ? String(value) : value]),
      ),
      end_time: String(timestamp),
    },
  };
}
