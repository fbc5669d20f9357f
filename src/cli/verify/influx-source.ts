import { type InfluxTarget, influxQuery, quoteText, type Row } from '../influxql.ts';
import type { Ledgers, ThreadLedger } from './numbering.ts';
import type { Range } from './range.ts';
import type { NumberedPoint, Source, ThreadName } from './source.ts';

/** Points of a query. A page is about 1 MB. */
const PAGE = 20_000;

/** Reads a database by InfluxQL. */
export class InfluxSource implements Source {
  readonly name: string;
  readonly #target: InfluxTarget;
  readonly #where: string;

  /** @param service of the points that are read; undefined for all */
  constructor(name: string, target: InfluxTarget, service: string | undefined) {
    this.name = name;
    this.#target = target;
    this.#where = service === undefined ? '' : ` AND "service" = ${quoteText(service)}`;
  }

  async threads(range: Range): Promise<ThreadName[]> {
    const names = new Map<string, ThreadName>();
    for (const [field, measurement] of [
      ['sequence', 'raw-requests'],
      ['recorded', 'delivery'],
    ]) {
      const rows = await this.#query(
        `SELECT count("${field}") FROM "${measurement}" WHERE ${inRange(range)}${this.#where} GROUP BY "process", "thread"`,
      );
      for (const { process, thread } of rows) {
        const name = { process: String(process ?? ''), thread: String(thread ?? '') };
        names.set(`${name.process} ${name.thread}`, name);
      }
    }
    return [...names.values()];
  }

  async *numbers(thread: ThreadName, range: Range): AsyncGenerator<readonly NumberedPoint[]> {
    let from = nanoseconds(range.from);
    // Points with the time of the last one of a page are read again, since they may be on both sides of its end.
    let seen = new Set<number>();
    for (;;) {
      const rows = await this.#query(
        `SELECT "sequence" FROM "raw-requests" WHERE time >= ${from} AND time < ${nanoseconds(range.to)}${this.#of(thread)} ORDER BY time LIMIT ${PAGE}`,
      );
      const page = rows.map(({ sequence, time }) => [Number(sequence), BigInt(time as bigint)] as const);
      yield page.filter(([sequence, time]) => time !== from || !seen.has(sequence));
      if (page.length < PAGE) return;
      const last = page.at(-1)![1];
      seen = new Set(page.flatMap(([sequence, time]) => (time === last ? [sequence] : [])));
      from = last === from ? last + 1n : last;
    }
  }

  async ledgers(thread: ThreadName, range: Range): Promise<Ledgers> {
    const last = async (where: string): Promise<ThreadLedger | undefined> => {
      const [row] = await this.#query(
        `SELECT "recorded", "queued", "spooled", "dropped", "unknown", "rejected" FROM "delivery" WHERE ${where}${this.#of(thread)} ORDER BY time DESC LIMIT 1`,
      );
      if (row === undefined) return undefined;
      const of = (name: string) => Number(row[name] ?? 0);
      return {
        time: BigInt(row.time as bigint),
        recorded: of('recorded'),
        waiting: of('queued') + of('spooled'),
        dropped: of('dropped'),
        unknown: of('unknown'),
        rejected: of('rejected'),
      };
    };
    return { before: await last(`time < ${nanoseconds(range.from)}`), last: await last(inRange(range)) };
  }

  #of({ process, thread }: ThreadName): string {
    return ` AND "process" = ${quoteText(process)} AND "thread" = ${quoteText(thread)}${this.#where}`;
  }

  #query(q: string): Promise<Row[]> {
    return influxQuery(this.#target, q);
  }
}

function inRange({ from, to }: Range): string {
  return `time >= ${nanoseconds(from)} AND time < ${nanoseconds(to)}`;
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.floor(ms)) * 1_000_000n;
}
