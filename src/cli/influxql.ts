import type { Destination } from '../options/options.ts';
import { textOf } from '../safety/foreign-text.ts';
import { oneLine } from '../safety/printable.ts';
import { baseOf, fetchBy, needsOwnConnection } from './fetch-by.ts';
import { readAnswer } from './read-answer.ts';

/** An InfluxDB to query, with the headers for its credentials. */
export interface InfluxTarget {
  url: string;
  database?: string | undefined;
  retentionPolicy?: string | undefined;
  headers?: Record<string, string>;
}

/**
 * The target of queries for points that were written to a destination. The database of a bucket is its name; for a bucket
 * `database/policy`, as in InfluxDB 1.8 and DBRP mappings, they are database and retention policy.
 */
export function queryTarget(destination: Destination): InfluxTarget & { database: string } {
  const { url, authorization } = destination;
  const headers = authorization === undefined ? {} : { authorization };
  if (destination.kind === 'v1') {
    const { database, retentionPolicy } = destination;
    return { url, database, retentionPolicy, headers };
  }
  const { bucket } = destination;
  const [, database = bucket, retentionPolicy] = /^(.*)\/(.*)$/s.exec(bucket) ?? [];
  return { url, database, retentionPolicy, headers };
}

/** A value of a row. Integers that a `number` cannot represent, such as timestamps in ns, are `bigint`. */
export type Value = string | number | bigint | boolean | null;

/** A row of an answer: its columns, and the tags that the query groups by. */
export type Row = Record<string, Value>;

interface Answer {
  error?: string;
  results?: {
    error?: string;
    series?: { tags?: Record<string, string>; columns: string[]; values?: Value[][] }[];
  }[];
}

/** InfluxDB answered with an error. `reason` is its message. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly status: number;
  readonly reason: string;

  constructor(url: string, status: number, serverMessage: string) {
    const reason = oneLine(serverMessage) || 'no text';
    // Errors in a statement have status 200.
    super(`InfluxDB at ${url} refused a query${status === 200 ? '' : ` (${status})`}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

const QUERY_TIMEOUT_MS = 30_000;
/** The most characters of an answer. No query of this library has a larger one. */
const MAX_BODY = 32 * 2 ** 20;

/**
 * Runs InfluxQL at `/query`, the endpoint of InfluxDB 1.x that 2.x and 3.x keep for compatibility. Returns the rows of
 * all statements and series in one list. Times are in ns since 1970.
 */
export async function influxQuery(
  target: InfluxTarget,
  q: string,
  signal: AbortSignal = AbortSignal.timeout(QUERY_TIMEOUT_MS),
): Promise<Row[]> {
  const url = new URL(`${baseOf(target.url)}/query`);
  url.searchParams.set('epoch', 'ns');
  if (target.database !== undefined) url.searchParams.set('db', target.database);
  if (target.retentionPolicy !== undefined) url.searchParams.set('rp', target.retentionPolicy);
  url.searchParams.set('q', q);
  // Statements that change data have to be sent by POST.
  const method = /^\s*(SELECT|SHOW)\b/i.test(q) ? 'GET' : 'POST';
  const request = { method, headers: { accept: 'application/json', ...target.headers }, signal };
  const response = needsOwnConnection(target.url)
    ? await fetchBy(target.url, url, request)
    : await fetch(url, request);
  const text = await readAnswer(response, MAX_BODY);
  const refused = (serverMessage: string) => new QueryError(target.url, response.status, serverMessage);
  const answer = parseAnswer(text);
  try {
    const reason = answer?.error ?? answer?.results?.find((result) => result.error)?.error;
    if (reason !== undefined) throw refused(textOf(reason));
    if (!response.ok || !answer) throw refused(text);
    return (answer.results ?? []).flatMap((result) => (result.series ?? []).flatMap(rowsOf));
  } catch (error) {
    // JSON, but not in the form of InfluxDB.
    throw error instanceof QueryError ? error : refused(text);
  }
}

function rowsOf(series: { tags?: Record<string, string>; columns: string[]; values?: Value[][] }): Row[] {
  return (series.values ?? []).map((values) => ({
    ...series.tags,
    ...Object.fromEntries(series.columns.map((column, i) => [column, values[i] ?? null])),
  }));
}

const BIG = '\u0000bigint:';

function parseAnswer(text: string): Answer | undefined {
  // JSON.parse would round integers of 19 digits. The pattern matches strings first, so digits in them are not changed.
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) ? JSON.stringify(BIG + token) : token,
  );
  try {
    return JSON.parse(exact, (_, value) =>
      typeof value === 'string' && value.startsWith(BIG) ? BigInt(value.slice(BIG.length)) : value,
    ) as Answer;
  } catch {
    return undefined;
  }
}

/** A name (measurement, tag key, field key) for an InfluxQL statement. */
export function quoteName(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** A text value for an InfluxQL statement. */
export function quoteText(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&').replace(/\n/g, '\\n')}'`;
}
