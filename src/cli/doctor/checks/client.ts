import type http from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Connection, connectionTo } from '../../../export/connect/connection.ts';
import { textOf } from '../../../safety/foreign-text.ts';
import { oneLine } from '../../../safety/printable.ts';
import { influxQuery, queryTarget, type Row } from '../../influxql.ts';
import type { Target } from './settings.ts';

/** The answer of a server. */
export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** The message of InfluxDB, else the start of the body; on one line, without secrets. */
  serverMessage: string;
  body: string;
  ms: number;
  /** When its head arrived, by the clock of this host. */
  at: number;
}

/** There was no answer; `message` is the reason. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The most characters of a body that are read. Other servers may send long pages, or bodies without an end. */
const MAX_BODY = 2 ** 18;
const MAX_MESSAGE_LENGTH = 200;

/** An HTTP client with the address and credentials of the library's settings. Each request has a deadline. */
export class Client {
  readonly target: Target;
  readonly timeoutMs: number;
  /** The database of queries, if it is not the one of the settings. */
  database: string | undefined;
  readonly #signal: AbortSignal;
  readonly #connection: Connection;

  constructor(target: Target, timeoutMs: number, signal: AbortSignal) {
    this.target = target;
    this.timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#connection = connectionTo(target.destination.url, {
      keepAlive: true,
      connectTimeoutMs: timeoutMs,
      keepsProcessAlive: true,
    });
  }

  get(path: string): Promise<Answer> {
    return this.#ask('GET', path);
  }

  /** Writes lines, compressed as the library does it. Without lines, the server checks everything but the points. */
  write(lines?: string): Promise<Answer> {
    const { writePath } = this.target.destination;
    const type = 'text/plain; charset=utf-8';
    if (lines === undefined)
      return this.#ask('POST', writePath, { 'content-type': type, 'content-length': '0' });
    return this.#ask(
      'POST',
      writePath,
      { 'content-type': type, 'content-encoding': 'gzip' },
      gzipSync(lines),
    );
  }

  postJson(path: string, value: unknown): Promise<Answer> {
    return this.#ask(
      'POST',
      path,
      { 'content-type': 'application/json' },
      Buffer.from(JSON.stringify(value)),
    );
  }

  /** Runs InfluxQL. On servers without databases, the name of the bucket is used. */
  async query(q: string): Promise<Row[]> {
    const deadline = AbortSignal.timeout(this.timeoutMs);
    try {
      const target = queryTarget(this.target.destination);
      return await influxQuery(
        this.database === undefined ? target : { ...target, database: this.database },
        q,
        AbortSignal.any([deadline, this.#signal]),
      );
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof Error && error.name === 'QueryError') throw error;
      throw new NoAnswer(deadline.aborted ? this.#late() : causeOf(error));
    }
  }

  /** Text of a server on one line, printable and cut. */
  clean(text: string): string {
    return oneLine(text, MAX_MESSAGE_LENGTH);
  }

  close(): void {
    this.#connection.agent.destroy();
  }

  #ask(method: string, path: string, headers: http.OutgoingHttpHeaders = {}, body?: Buffer): Promise<Answer> {
    const { authorization } = this.target.destination;
    const { base, request, agent } = this.#connection;
    const deadline = AbortSignal.timeout(this.timeoutMs);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        if (this.#signal.aborted) reject(this.#signal.reason);
        else reject(new NoAnswer(deadline.aborted ? this.#late() : causeOf(error)));
      };
      const req = request(
        base + path,
        {
          method,
          agent,
          headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
          signal: AbortSignal.any([deadline, this.#signal]),
        },
        (res) => {
          const ms = performance.now() - started;
          const at = Date.now();
          let text = '';
          const done = () => resolve(this.#toAnswer(res, text, ms, at));
          res.setEncoding('utf8');
          res.on('data', (chunk: string) => {
            text += chunk;
            if (text.length < MAX_BODY) return;
            done();
            req.destroy();
          });
          res.on('end', done);
          res.on('error', fail);
        },
      );
      req.on('error', fail);
      req.end(body);
    });
  }

  #toAnswer(res: http.IncomingMessage, body: string, ms: number, at: number): Answer {
    const { error, message } = (parseObject(body) ?? {}) as { error?: unknown; message?: unknown };
    const serverMessage = this.clean(textOf(error ?? message ?? body));
    return { status: res.statusCode ?? 0, headers: res.headers, serverMessage, body, ms, at };
  }

  #late(): string {
    return `no answer within ${this.timeoutMs / 1000} s`;
  }
}

/** Parses a JSON object; undefined if the text is not one. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export function causeOf(error: unknown): string {
  const { message, code, cause } = error as NodeJS.ErrnoException;
  return cause === undefined ? message || code || String(error) : causeOf(cause);
}
