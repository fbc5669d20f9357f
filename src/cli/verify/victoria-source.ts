import { oneLine } from '../../safety/printable.ts';
import { CliError } from '../cli-error.ts';
import { readAnswer } from '../read-answer.ts';
import type { Ledgers, ThreadLedger } from './numbering.ts';
import type { Range } from './range.ts';
import type { NumberedPoint, Source, ThreadName } from './source.ts';

/** The part of the range that is read at a time. */
const WINDOW_MS = 300_000;
/** The part of the time before the range in which a ledger is looked for. */
const BEFORE_MS = 3_600_000;
const TIMEOUT_MS = 60_000;
const MAX_BODY = 256 * 2 ** 20;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  /** ms since 1970. */
  readonly timestamps: readonly number[];
}

/** Reads VictoriaMetrics, which has no InfluxQL: each field of a measurement is a metric, with times in ms. */
export class VictoriaSource implements Source {
  readonly name: string;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #service: Record<string, string>;

  constructor(name: string, url: string, authorization: string | undefined, service: string | undefined) {
    this.name = name;
    this.#url = url;
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#service = service === undefined ? {} : { service };
  }

  async threads(range: Range): Promise<ThreadName[]> {
    const names = new Map<string, ThreadName>();
    for (const metric of ['raw-requests_sequence', 'delivery_recorded']) {
      const text = await this.#get('/api/v1/series', metric, {}, range);
      const { data = [] } = JSON.parse(text) as { data?: Record<string, string>[] };
      for (const { process = '', thread = '' } of data)
        names.set(`${process} ${thread}`, { process, thread });
    }
    return [...names.values()];
  }

  async *numbers(thread: ThreadName, { from, to }: Range): AsyncGenerator<readonly NumberedPoint[]> {
    for (let start = from; start < to; start += WINDOW_MS) {
      const window = { from: start, to: Math.min(to, start + WINDOW_MS) };
      const series = await this.#export('raw-requests_sequence', thread, window);
      const points = series.flatMap(({ values, timestamps }) =>
        values.map((value, i) => [value, BigInt(timestamps[i]!) * 1_000_000n] as const),
      );
      yield points.sort(([a, at], [b, bt]) => (at < bt ? -1 : at > bt ? 1 : a - b));
    }
  }

  async ledgers(thread: ThreadName, range: Range): Promise<Ledgers> {
    return {
      before: await this.#ledger(thread, { from: range.from - BEFORE_MS, to: range.from }),
      last: await this.#ledger(thread, range),
    };
  }

  async #ledger(thread: ThreadName, range: Range): Promise<ThreadLedger | undefined> {
    const last = async (field: string) => {
      const series = await this.#export(`delivery_${field}`, thread, range);
      const ends = series.map(
        ({ values, timestamps }) => [timestamps.at(-1) ?? 0, values.at(-1) ?? 0] as const,
      );
      return ends.sort(([a], [b]) => b - a)[0];
    };
    const recorded = await last('recorded');
    if (recorded === undefined) return undefined;
    const of = async (field: string) => (await last(field))?.[1] ?? 0;
    return {
      time: BigInt(recorded[0]) * 1_000_000n,
      recorded: recorded[1],
      waiting: (await of('queued')) + (await of('spooled')),
      dropped: await of('dropped'),
      unknown: await of('unknown'),
      rejected: await of('rejected'),
    };
  }

  async #export(metric: string, { process, thread }: ThreadName, range: Range): Promise<Series[]> {
    const text = await this.#get('/api/v1/export', metric, { process, thread }, range);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Series);
  }

  async #get(
    path: string,
    metric: string,
    labels: Record<string, string>,
    { from, to }: Range,
  ): Promise<string> {
    const url = new URL(this.#url + path);
    const matchers = Object.entries({ __name__: metric, ...labels, ...this.#service });
    url.searchParams.set(
      'match[]',
      `{${matchers.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join()}}`,
    );
    url.searchParams.set('start', String(from / 1e3));
    url.searchParams.set('end', String((to - 1) / 1e3));
    const response = await fetch(url, { headers: this.#headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await readAnswer(response, MAX_BODY);
    if (response.ok) return text;
    throw new CliError(
      `${this.name} at ${this.#url} refused a query (${response.status}): ${oneLine(text)}`,
      2,
    );
  }
}
