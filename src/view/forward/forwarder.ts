import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { compressAsync, type Lines } from '../../export/lines/lines.ts';
import { LineScanner } from '../../export/lines/split-lines.ts';
import { LoggingExporter } from '../../export/logging-exporter.ts';
import type { RetryDelays } from '../../export/send/retry.ts';
import type { Logger } from '../../options/options.ts';
import { Ledger } from '../../record/ledger.ts';
import { unawaited } from '../../safety/guard.ts';
import { printable } from '../../safety/printable.ts';
import { registerSecret } from '../../safety/redact.ts';
import type { Refusal } from '../server/access/access.ts';
import type { Body } from '../server/body-reader.ts';
import { limitLogRate } from './limit-log-rate.ts';

/** The InfluxDB that everything is forwarded to. */
export interface ForwardTarget {
  /** Without credentials, query, and slash at the end. */
  readonly url: string;
  /** The `Authorization` header for all writes. By default, those of the writers are forwarded. */
  readonly authorization?: string | undefined;
}

/** Numbers of lines. */
export interface Forwarded {
  /** Stored by the InfluxDB. */
  readonly forwarded: number;
  /** Refused by it, or given up. */
  readonly failed: number;
  readonly queued: number;
}

/**
 * The most exporters. There is one for each combination of path, query and credentials; the writers of a service
 * share one.
 */
const MAX_EXPORTERS = 32;
/** Limits of the queues of all exporters together, and of one. So no exporter can use all of the memory. */
const MAX_QUEUE_BYTES = 32 * 2 ** 20;
const MAX_EXPORTER_QUEUE_BYTES = 16 * 2 ** 20;
const TIMEOUT_MS = 10_000;
/** Lines of a body are countLines in slices of this size, so that other requests are answered in between. */
const SLICE_BYTES = 2 ** 20;

/**
 * Forwards writes to an InfluxDB, unchanged, even if the view cannot parse or store them. Each combination of path,
 * query and credentials has its own exporter, so that refused writes do not block others.
 *
 * Accepted lines are never dropped for lack of memory. If there is no room, a body is refused, and its writer is told
 * to retry.
 */
export class Forwarder {
  readonly #target: ForwardTarget;
  readonly #hasViewToken: boolean;
  readonly #log: Logger;
  readonly #retryDelays: RetryDelays | undefined;
  /** In the order of their last use. */
  readonly #exporters = new Map<string, LoggingExporter>();
  /** The totals of exporters that were closed. */
  readonly #closedTotals = new Ledger();
  /** Size of the bodies that are being compressed. */
  #compressing = 0;
  #isFull = false;

  /** @param hasViewToken the writers' credentials are the token of the view, and must not be forwarded */
  constructor(
    target: ForwardTarget,
    hasViewToken: boolean,
    say: (text: string) => void,
    retryDelays?: RetryDelays,
  ) {
    this.#target = target;
    this.#hasViewToken = hasViewToken;
    const limitedSay = limitLogRate(say);
    const write = (_fields: object, message: string) => limitedSay(message);
    this.#log = { debug: () => {}, info: () => {}, warn: write, error: write };
    this.#retryDelays = retryDelays;
  }

  stats(): Forwarded {
    let { acknowledged: forwarded, rejected, dropped, unknown } = this.#closedTotals;
    let queued = 0;
    for (const exporter of this.#exporters.values()) {
      const stats = exporter.stats();
      forwarded += stats.acknowledged;
      rejected += stats.rejected;
      dropped += stats.dropped;
      unknown += stats.unknown;
      queued += stats.queued;
    }
    return { forwarded, failed: rejected + dropped + unknown, queued };
  }

  /** Accepts the lines of a body, or returns the refusal. Has to be awaited before the body is released. */
  async forward(req: IncomingMessage, url: URL, body: Body): Promise<Refusal | undefined> {
    if (this.#waiting + body.raw.length > MAX_QUEUE_BYTES && !this.#makeRoom(body.raw.length))
      return this.#refuse();
    this.#compressing += body.raw.length;
    let lines: Lines;
    try {
      const count = await countLines(body.bytes);
      if (count === 0) return undefined;
      lines = body.encoding === undefined ? await compressAsync(body.raw, count) : { count, body: body.raw };
    } finally {
      this.#compressing -= body.raw.length;
    }
    const exporter = this.#exporter(req, url);
    if (exporter === undefined) return this.#refuse();
    if (exporter.queuedBytes > 0 && exporter.queuedBytes + lines.body.byteLength > MAX_EXPORTER_QUEUE_BYTES) {
      exporter.note(`its queue of ${MAX_EXPORTER_QUEUE_BYTES} bytes is full: writers are told to retry`);
      return FULL;
    }
    this.#isFull = false;
    unawaited('passing lines on', exporter.export(lines));
    return undefined;
  }

  /** Delivers for at most `timeoutMs`, gives up the rest, and stops. */
  async close(timeoutMs: number): Promise<void> {
    await Promise.all([...this.#exporters.values()].map((exporter) => exporter.close(timeoutMs)));
  }

  get #waiting(): number {
    return [...this.#exporters.values()].reduce(
      (bytes, exporter) => bytes + exporter.queuedBytes,
      this.#compressing,
    );
  }

  /** The exporter for a request; undefined if there are too many. */
  #exporter(req: IncomingMessage, url: URL): LoggingExporter | undefined {
    const query = new URLSearchParams(url.searchParams);
    if (this.#hasViewToken) for (const name of ['u', 'p']) query.delete(name);
    registerSecret(query.get('p') ?? undefined, query.get('u') ?? undefined);
    const authorization =
      this.#target.authorization ?? (this.#hasViewToken ? undefined : req.headers.authorization);
    const writePath = `${url.pathname}?${query}`;
    const key = JSON.stringify([writePath, authorization]);
    const exporter = this.#exporters.get(key) ?? this.#openExporter(writePath, authorization, query);
    this.#exporters.delete(key);
    if (exporter !== undefined) this.#exporters.set(key, exporter);
    return exporter;
  }

  #openExporter(
    writePath: string,
    authorization: string | undefined,
    query: URLSearchParams,
  ): LoggingExporter | undefined {
    if (this.#exporters.size >= MAX_EXPORTERS) {
      const [idle] = [...this.#exporters].find(([, exporter]) => exporter.queuedBytes === 0) ?? [];
      if (idle !== undefined) this.#closeExporter(idle);
      else if (!this.#closeRefusedOne()) return undefined;
    }
    const { url } = this.#target;
    const name = query.get('db') ?? query.get('bucket');
    const noun = query.has('db') ? 'database' : 'bucket';
    return new LoggingExporter({
      destination: { url, writePath, authorization, isView: false },
      timeoutMs: TIMEOUT_MS,
      maxQueueBytes: Number.POSITIVE_INFINITY, // `forward` checks the limit before it accepts lines
      retryDelays: this.#retryDelays,
      keepsProcessAlive: true,
      log: this.#log,
      label: `InfluxDB at ${url}${name === null ? '' : ` (${noun} ${printable(name, 100)})`}`,
      noun: 'line',
    });
  }

  #makeRoom(bytes: number): boolean {
    while (this.#waiting + bytes > MAX_QUEUE_BYTES) if (!this.#closeRefusedOne()) return false;
    return true;
  }

  /**
   * Closes an exporter whose lines the InfluxDB refuses and that has never stored a line: its credentials or its
   * database are wrong. Its queue must not block other writers. Returns whether there was one.
   */
  #closeRefusedOne(): boolean {
    for (const [key, exporter] of this.#exporters) {
      if (exporter.queuedBytes === 0 || !exporter.isDenied || exporter.stats().acknowledged > 0) continue;
      this.#closeExporter(key);
      return true;
    }
    return false;
  }

  #closeExporter(key: string): void {
    const exporter = this.#exporters.get(key);
    if (exporter === undefined) return;
    this.#exporters.delete(key);
    exporter.giveUp('given up to make room for others, since no line of this writer was ever stored');
    this.#closedTotals.settle({ ...exporter.stats(), reason: undefined });
  }

  #refuse(): Refusal {
    if (!this.#isFull) {
      this.#isFull = true;
      this.#log.warn(
        {},
        `the queues for InfluxDB at ${this.#target.url} are full: writers are told to retry`,
      );
    }
    return FULL;
  }
}

const FULL: Refusal = { status: 503, reason: 'the queue of the forwarding is full; try again' };

async function countLines(text: Uint8Array): Promise<number> {
  const lines = new LineScanner(text);
  while (!lines.step(SLICE_BYTES)) await setImmediate();
  return lines.count;
}
