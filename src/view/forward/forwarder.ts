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
import { keepSecret } from '../../safety/redact.ts';
import type { Refusal } from '../server/access/access.ts';
import type { Body } from '../server/body.ts';
import { limitLines } from './limit-lines.ts';

/** Where everything is passed on to. */
export interface ForwardTarget {
  /** Without credentials, query, and slash at the end. */
  readonly url: string;
  /** `Authorization` of its own; else the writers' is passed on. */
  readonly authorization?: string | undefined;
}

/** In lines. */
export interface Forwarded {
  /** Taken by the InfluxDB. */
  readonly forwarded: number;
  /** Refused by it, or given up. */
  readonly failed: number;
  readonly queued: number;
}

/** Ways to write: path, query and credentials. Writers of one service have the same. */
const MAX_EXPORTERS = 32;
/** What waits, of all ways together and of one: none takes all of the room. */
const MAX_QUEUE_BYTES = 32 * 2 ** 20;
const MAX_EXPORTER_QUEUE_BYTES = 16 * 2 ** 20;
const TIMEOUT_MS = 10_000;
/** A body is counted in pieces of this size, so that others are not kept waiting. */
const PIECE_BYTES = 2 ** 20;

/**
 * Passes on what was written to an InfluxDB, as it was written, beside the view: what the view cannot read or keep is
 * passed on as well. Each way to write has an exporter of its own, so that one that is refused holds up no other.
 *
 * Nothing that was taken is dropped for want of room: what does not fit is not taken, and its writer is told to try again.
 */
export class Forwarder {
  readonly #target: ForwardTarget;
  readonly #ownToken: boolean;
  readonly #log: Logger;
  readonly #retryDelays: RetryDelays | undefined;
  /** The one that was used last is the last. */
  readonly #ways = new Map<string, LoggingExporter>();
  /** What ways that are gone have counted. */
  readonly #gone = new Ledger();
  /** Bytes that are being compressed. */
  #compressing = 0;
  #isFull = false;

  /** @param ownToken writers show a token that is meant for the view alone */
  constructor(
    target: ForwardTarget,
    ownToken: boolean,
    say: (text: string) => void,
    retryDelays?: RetryDelays,
  ) {
    this.#target = target;
    this.#ownToken = ownToken;
    const saySome = limitLines(say);
    const write = (_fields: object, message: string) => saySome(message);
    this.#log = { debug: () => {}, info: () => {}, warn: write, error: write };
    this.#retryDelays = retryDelays;
  }

  stats(): Forwarded {
    let { acknowledged: forwarded, rejected, dropped, unknown } = this.#gone;
    let queued = 0;
    for (const way of this.#ways.values()) {
      const stats = way.stats();
      forwarded += stats.acknowledged;
      rejected += stats.rejected;
      dropped += stats.dropped;
      unknown += stats.unknown;
      queued += stats.queued;
    }
    return { forwarded, failed: rejected + dropped + unknown, queued };
  }

  /** Takes over the lines of a body, or says why not. To be awaited before the body is released. */
  async take(req: IncomingMessage, url: URL, body: Body): Promise<Refusal | undefined> {
    if (this.#waiting + body.raw.length > MAX_QUEUE_BYTES && !this.#makeRoom(body.raw.length))
      return this.#refuse();
    this.#compressing += body.raw.length;
    let lines: Lines;
    try {
      const count = await counted(body.bytes);
      if (count === 0) return undefined;
      lines = body.encoding === undefined ? await compressAsync(body.raw, count) : { count, body: body.raw };
    } finally {
      this.#compressing -= body.raw.length;
    }
    const way = this.#way(req, url);
    if (way === undefined) return this.#refuse();
    if (way.queuedBytes > 0 && way.queuedBytes + lines.body.byteLength > MAX_EXPORTER_QUEUE_BYTES) {
      way.note(
        `no more than ${MAX_EXPORTER_QUEUE_BYTES} bytes wait for it: its writers are told to try again`,
      );
      return FULL;
    }
    this.#isFull = false;
    unawaited('passing lines on', way.export(lines));
    return undefined;
  }

  /** Sends what it can within `timeoutMs`, gives up the rest, and stops. */
  async close(timeoutMs: number): Promise<void> {
    await Promise.all([...this.#ways.values()].map((way) => way.close(timeoutMs)));
  }

  get #waiting(): number {
    return [...this.#ways.values()].reduce((bytes, way) => bytes + way.queuedBytes, this.#compressing);
  }

  /** The way that a request was written by; undefined when there are too many. */
  #way(req: IncomingMessage, url: URL): LoggingExporter | undefined {
    const query = new URLSearchParams(url.searchParams);
    if (this.#ownToken) for (const name of ['u', 'p']) query.delete(name);
    keepSecret(query.get('p') ?? undefined, query.get('u') ?? undefined);
    const authorization =
      this.#target.authorization ?? (this.#ownToken ? undefined : req.headers.authorization);
    const writePath = `${url.pathname}?${query}`;
    const key = JSON.stringify([writePath, authorization]);
    const way = this.#ways.get(key) ?? this.#open(writePath, authorization, query);
    this.#ways.delete(key);
    if (way !== undefined) this.#ways.set(key, way);
    return way;
  }

  #open(
    writePath: string,
    authorization: string | undefined,
    query: URLSearchParams,
  ): LoggingExporter | undefined {
    if (this.#ways.size >= MAX_EXPORTERS) {
      const [idle] = [...this.#ways].find(([, way]) => way.queuedBytes === 0) ?? [];
      if (idle !== undefined) this.#forget(idle);
      else if (!this.#giveUpOne()) return undefined;
    }
    const { url } = this.#target;
    const name = query.get('db') ?? query.get('bucket');
    const noun = query.has('db') ? 'database' : 'bucket';
    return new LoggingExporter({
      destination: { url, writePath, authorization, isView: false },
      timeoutMs: TIMEOUT_MS,
      maxQueueBytes: Number.POSITIVE_INFINITY, // the bound is here, before lines are taken
      retryDelays: this.#retryDelays,
      keepsProcessAlive: true,
      log: this.#log,
      label: `InfluxDB at ${url}${name === null ? '' : ` (${noun} ${printable(name, 100)})`}`,
      noun: 'line',
    });
  }

  #makeRoom(bytes: number): boolean {
    while (this.#waiting + bytes > MAX_QUEUE_BYTES) if (!this.#giveUpOne()) return false;
    return true;
  }

  /**
   * Gives up the lines of a way that the InfluxDB refuses and by which nothing was ever stored: its credentials or its
   * database are wrong, and what waits for it must not hold up the others. Returns whether there was one.
   */
  #giveUpOne(): boolean {
    for (const [key, way] of this.#ways) {
      if (way.queuedBytes === 0 || !way.isDenied || way.stats().acknowledged > 0) continue;
      this.#forget(key);
      return true;
    }
    return false;
  }

  #forget(key: string): void {
    const way = this.#ways.get(key);
    if (way === undefined) return;
    this.#ways.delete(key);
    way.giveUp('given up for others, since nothing of this writer was ever stored');
    this.#gone.settle({ ...way.stats(), reason: undefined });
  }

  #refuse(): Refusal {
    if (!this.#isFull) {
      this.#isFull = true;
      this.#log.warn(
        {},
        `more waits for InfluxDB at ${this.#target.url} than is kept: writers are told to try again`,
      );
    }
    return FULL;
  }
}

const FULL: Refusal = { status: 503, reason: 'too much waits to be passed on; try again' };

async function counted(text: Uint8Array): Promise<number> {
  const lines = new LineScanner(text);
  while (!lines.step(PIECE_BYTES)) await setImmediate();
  return lines.count;
}
