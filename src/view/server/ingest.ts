import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { VIEW_HEADER } from '../../export/send/identify-listener.ts';
import { OPEN_REQUESTS_PATH } from '../../record/open-requests.ts';
import { unitOf } from '../../record/timestamp-units.ts';
import { copyOf } from '../../safety/foreign-text.ts';
import { unawaited } from '../../safety/guard.ts';
import type { Forwarder } from '../forward/forwarder.ts';
import type { ParseResult } from '../store/line-protocol/body-parser.ts';
import type { Store } from '../store/store.ts';
import type { Access, Refusal } from './access/access.ts';
import { type Body, BodyReader } from './body-reader.ts';
import { answerEarly } from './early-answer.ts';
import { TaskScheduler } from './task-scheduler.ts';

/** Limit of a body, decompressed. */
export const MAX_BODY_BYTES: number = 32 * 2 ** 20;
const MAX_STATEMENT_BYTES = 2 ** 16;
const MAX_OPEN_BYTES = 2 ** 20;
const MAX_DATABASES = 100;
const EMPTY_RESULT: ParseResult = { accepted: 0, refused: 0, problems: [] };

/**
 * The version for clients. 1.8 is the first InfluxDB with both /write and /api/v2/write. It does not have the query
 * language of 2.x, which this server does not support either.
 */
const INFLUXDB_VERSION = '1.8.10';

/** The endpoints of InfluxDB for writers, and for clients that check whether it runs. */
export class Ingest {
  readonly #store: Store;
  readonly #access: Access;
  readonly #forwarder: Forwarder | undefined;
  readonly #version: string;
  readonly #onBodyDone: ((bytes: number) => void) | undefined;
  readonly #databases = new Set(['requests']);
  readonly #scheduler = new TaskScheduler();
  readonly #bodies = new BodyReader(this.#scheduler);
  /** By connection: resolves when its latest body has been parsed. */
  readonly #latestBody = new WeakMap<Socket, Promise<void>>();

  constructor(
    store: Store,
    access: Access,
    forwarder: Forwarder | undefined,
    version: string,
    onBodyDone?: (bytes: number) => void,
  ) {
    this.#store = store;
    this.#access = access;
    this.#forwarder = forwarder;
    this.#version = version;
    this.#onBodyDone = onBodyDone;
  }

  /** Handles a request if its path is one of InfluxDB's. Returns whether it is. */
  handle(req: IncomingMessage, res: ServerResponse, url: URL): boolean {
    switch (url.pathname) {
      case '/ping':
        this.#ping(res, url);
        return true;
      case '/health':
        this.#json(res, 200, {
          name: 'raw-requests view',
          message: 'ready for writes',
          status: 'pass',
          checks: [],
          version: this.#version,
        });
        return true;
      case '/write':
      case '/api/v2/write':
        this.#answer(
          req,
          res,
          this.#inOrder(req, () => this.#write(req, res, url)),
        );
        return true;
      case OPEN_REQUESTS_PATH:
        this.#answer(req, res, this.#open(req, res, url));
        return true;
      case '/query':
        this.#answer(req, res, this.#query(req, res, url));
        return true;
      default:
        return false;
    }
  }

  /** Stops parsing bodies, since no client waits for a response any more. */
  close(): void {
    this.#scheduler.close();
  }

  /** Responds with an error if the handler throws, so that the writer retries. */
  #answer(req: IncomingMessage, res: ServerResponse, answered: Promise<void>): void {
    const failed = (error: unknown) => {
      if (!res.headersSent) this.#refuse(req, res, 500, 'internal error of raw-requests view', false);
      throw error;
    };
    unawaited('a request to the view', answered.catch(failed));
  }

  /** Parses bodies of one connection in the order in which they were sent, even if the client pipelines them. */
  #inOrder({ socket }: IncomingMessage, write: () => Promise<void>): Promise<void> {
    const before = this.#latestBody.get(socket);
    const written = before === undefined ? write() : before.then(write, write);
    this.#latestBody.set(socket, written);
    return written;
  }

  #ping(res: ServerResponse, url: URL): void {
    const { verbose } = Object.fromEntries(url.searchParams);
    if (verbose !== undefined && verbose !== '0' && verbose !== 'false') {
      this.#json(res, 200, { version: INFLUXDB_VERSION });
      return;
    }
    res.writeHead(204, this.#headers()).end();
  }

  async #write(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const { searchParams } = url;
    const isV2 = url.pathname === '/api/v2/write';
    const refuse = ({ status, reason }: Refusal) => this.#refuse(req, res, status, reason, isV2);
    if (req.method !== 'POST') return refuse({ status: 405, reason: 'Method Not Allowed: use POST' });
    const refusal = this.#access.refuseSite(req) ?? this.#access.refuseWriter(req, searchParams);
    if (refusal !== undefined) return refuse(refusal);
    const precision = searchParams.get('precision') || 'ns';
    const unit = unitOf(precision);
    if (unit === undefined && this.#forwarder === undefined) {
      const units = isV2 ? 'ns, us, ms or s' : 'n, u, ms, s, m or h';
      return refuse({ status: 400, reason: `invalid precision "${precision.slice(0, 20)}" (use ${units})` });
    }

    const body = await this.#bodies.read(req, MAX_BODY_BYTES);
    if ('status' in body) return refuse(body);
    try {
      const refusal = await this.#forwarder?.forward(req, url, body);
      if (refusal !== undefined) return refuse(refusal);
      const scanned = unit === undefined ? EMPTY_RESULT : await this.#parse(body, unit);
      // With forwarding, the InfluxDB judges the lines.
      if (this.#forwarder !== undefined || scanned?.refused === 0) res.writeHead(204, this.#headers()).end();
      else if (scanned === undefined) refuse({ status: 503, reason: 'the view is ending; try again' });
      else refuse({ status: 400, reason: partialWriteError(scanned) });
    } finally {
      this.#onBodyDone?.(body.bytes.length);
      body.release();
    }
  }

  /** Parses and stores a body in turns with others. Returns undefined if the view ends before. */
  async #parse(body: Body, unit: bigint): Promise<ParseResult | undefined> {
    const reading = this.#store.begin(body.bytes, unit);
    const isRead = await this.#scheduler.run(reading);
    return isRead ? reading.result : undefined;
  }

  /** The open requests of a process. They are not forwarded. */
  async #open(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const refuse = ({ status, reason }: Refusal) => this.#refuse(req, res, status, reason, false);
    if (req.method !== 'POST') return refuse({ status: 405, reason: 'Method Not Allowed: use POST' });
    const refusal = this.#access.refuseSite(req) ?? this.#access.refuseWriter(req, url.searchParams);
    if (refusal !== undefined) return refuse(refusal);
    const body = await this.#bodies.read(req, MAX_OPEN_BYTES);
    if ('status' in body) return refuse(body);
    const isList = this.#store.running.add(body.bytes.toString(), Date.now());
    body.release();
    if (isList) res.writeHead(204, this.#headers()).end();
    else refuse({ status: 400, reason: 'unable to parse the open requests' });
  }

  async #query(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const refuse = ({ status, reason }: Refusal) => this.#refuse(req, res, status, reason, false);
    const refusal = this.#access.refuseSite(req) ?? this.#access.refuseWriter(req, url.searchParams);
    if (refusal !== undefined) return refuse(refusal);
    let q = url.searchParams.get('q');
    if (q === null && req.method === 'POST') {
      const body = await this.#bodies.read(req, MAX_STATEMENT_BYTES);
      if ('status' in body) return refuse(body);
      q = new URLSearchParams(body.bytes.toString()).get('q');
      body.release();
    }
    if (!q) return refuse({ status: 400, reason: 'missing required parameter "q"' });
    q = q.trim();
    const created = /^CREATE\s+DATABASE\s+(?:"((?:[^"\\]|\\.)+)"|(\w+))/i.exec(q);
    if (created !== null) {
      const name = created[2] ?? created[1]!.replace(/\\(.)/g, '$1');
      if (this.#databases.size < MAX_DATABASES) this.#databases.add(copyOf(name, 200));
      this.#json(res, 200, { results: [{ statement_id: 0 }] });
      return;
    }
    if (/^SHOW\s+DATABASES\s*;?$/i.test(q)) {
      const values = [...this.#databases].map((name) => [name]);
      const series = [{ name: 'databases', columns: ['name'], values }];
      this.#json(res, 200, { results: [{ statement_id: 0, series }] });
      return;
    }
    refuse({
      status: 400,
      reason:
        'raw-requests view answers CREATE DATABASE and SHOW DATABASES only: what was written is in its page and not to be queried; use an InfluxDB for that',
    });
  }

  #refuse(req: IncomingMessage, res: ServerResponse, status: number, reason: string, isV2: boolean): void {
    const content = isV2 ? { code: v2Code(status), message: reason } : { error: reason };
    const headers: Record<string, string> = {
      ...this.#headers(),
      'content-type': 'application/json',
      // Headers cannot contain line breaks and some other characters.
      'x-influxdb-error': reason.replace(/[^ -~]+/g, ' ').slice(0, 500),
    };
    if (status === 401) headers['www-authenticate'] = 'Basic realm="raw-requests view"';
    const text = `${JSON.stringify(content)}\n`;
    answerEarly(req, res, status, headers, text);
  }

  #json(res: ServerResponse, status: number, content: unknown): void {
    res.writeHead(status, { ...this.#headers(), 'content-type': 'application/json' });
    res.end(`${JSON.stringify(content)}\n`);
  }

  #headers(): Record<string, string> {
    return { 'x-influxdb-version': INFLUXDB_VERSION, [VIEW_HEADER]: this.#version };
  }
}

/** The error text of InfluxDB 1.x, with the number of lines that were refused. */
function partialWriteError({ problems, refused }: ParseResult): string {
  const more = refused > problems.length ? `\n(and ${refused - problems.length} more)` : '';
  return `partial write: ${problems.join('\n')}${more} dropped=${refused}`;
}

function v2Code(status: number): string {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 413) return 'request too large';
  return status >= 500 ? 'unavailable' : 'invalid';
}
