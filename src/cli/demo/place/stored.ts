import { type InfluxTarget, influxQuery, quoteName, quoteText, type Row } from '../../influxql.ts';

const MEASUREMENT = 'raw-requests';
const FROM = `FROM ${quoteName(MEASUREMENT)}`;
const SUMMARY =
  'count("application_time"), mean("application_time"), percentile("application_time", 95) AS "p95"';
/** `0`: without a response, for example because the client disconnected. */
const STATUS_CLASSES = ['0', '1xx', '2xx', '3xx', '4xx', '5xx'];

/** The stored points of a run of the demo. */
export interface Stored {
  /** Where they are stored, for messages: `the database`. */
  readonly holder: string;
  /** The number of points. */
  count(): Promise<number>;
  /** A summary for each route, method and status class, the most frequent first, and one for all requests. */
  routes(): Promise<RouteSummary[]>;
  /** One of the points, in line protocol. */
  line(): Promise<string | undefined>;
}

/** The points of a run in a database. */
export class StoredRun implements Stored {
  readonly holder = 'the database';
  readonly #target: InfluxTarget;
  readonly #where: string;

  constructor(target: InfluxTarget, run: string) {
    this.#target = target;
    this.#where = `WHERE "run" = ${quoteText(run)}`;
  }

  async count(): Promise<number> {
    const [row] = await this.#ask(`SELECT count("application_time") ${FROM} ${this.#where}`);
    if (row && row.count === undefined) throw new Error(`${this.#target.url} does not answer InfluxQL`);
    return Number(row?.count ?? 0);
  }

  /** A query for the points of this run. */
  get statement(): string {
    return `SELECT * ${FROM} ${this.#where} LIMIT 10`;
  }

  async routes(): Promise<RouteSummary[]> {
    const classes = await Promise.all(
      STATUS_CLASSES.map(async (status) => {
        const where = `${this.#where} AND "status" =~ /^${status[0]}/`;
        const rows = await this.#ask(`SELECT ${SUMMARY} ${FROM} ${where} GROUP BY "route", "method"`);
        return rows.map((row) => toSummary(row, status));
      }),
    );
    const all = await this.#ask(`SELECT ${SUMMARY} ${FROM} ${this.#where}`);
    return [...classes.flat().sort((a, b) => b.count - a.count), ...all.map((row) => toSummary(row, ''))];
  }

  async line(): Promise<string | undefined> {
    const types = await this.#ask(`SHOW FIELD KEYS ${FROM}`);
    const where = `${this.#where} AND "route" =~ /:/ AND "status" =~ /^2/`;
    const [row] = await this.#ask(`SELECT * ${FROM} ${where} GROUP BY * ORDER BY time DESC LIMIT 1`);
    return row && toLine(row, new Map(types.map((type) => [String(type.fieldKey), String(type.fieldType)])));
  }

  #ask(q: string): Promise<Row[]> {
    return influxQuery(this.#target, q);
  }
}

/** The requests of one route, method and status class. Times are in seconds. */
export interface RouteSummary {
  route: string;
  method: string;
  status: string;
  count: number;
  mean: number;
  p95: number;
}

function toSummary(row: Row, status: string): RouteSummary {
  return {
    route: String(row.route ?? 'all of them'),
    method: String(row.method ?? ''),
    status,
    count: Number(row.count),
    mean: Number(row.mean),
    p95: Number(row.p95),
  };
}

/** A point in line protocol. */
export function toLine(row: Row, fieldTypes: Map<string, string>): string {
  const { time, ...rest } = row;
  const present = Object.entries(rest).filter(([, value]) => value !== null && value !== '');
  const tags = present.filter(([key]) => !fieldTypes.has(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  const fields = present.filter(([key]) => fieldTypes.has(key));
  const tagText = tags.map(([key, value]) => `,${key}=${String(value).replace(/[,= ]/g, '\\$&')}`).join('');
  const fieldText = fields
    .map(([key, value]) => `${key}=${fieldValue(value, fieldTypes.get(key))}`)
    .join(',');
  return `${MEASUREMENT}${tagText} ${fieldText} ${time}`;
}

function fieldValue(value: Row[string] | undefined, type: string | undefined): string {
  if (type === 'string') return `"${String(value).replace(/["\\]/g, '\\$&')}"`;
  return type === 'integer' ? `${value}i` : String(value);
}
