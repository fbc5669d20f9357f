import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { VIEW_HEADER } from '../../export/send/identify-listener.ts';
import { copyOf } from '../../safety/foreign-text.ts';
import { unawaited } from '../../safety/guard.ts';
import type { Forwarder } from '../forward/forwarder.ts';
import type { ParseResult } from '../store/line-protocol/body-parser.ts';
import { unitOf } from '../store/line-protocol/units.ts';
import type { Store } from '../store/store.ts';
import type { Access, Refusal } from './access/access.ts';
import { Bodies, type Body } from './body.ts';
import { answerEarly } from './early-answer.ts';
import { Turns } from './turns.ts';

/** Most bytes of a body, decompressed. */
export const MAX_BODY_BYTES: number = 32 * 2 ** 20;
const MAX_STATEMENT_BYTES = 2 ** 16;
const MAX_DATABASES = 100;
const NOTHING: ParseResult = { accepted: 0, refused: 0, problems: [] };

/**
 * What clients take it for: 1.8 is the first InfluxDB that has both /write and /api/v2/write, and none of the query
 * language of 2.x, which this server does not have either.
 */
const INFLUXDB_VERSION = '1.8.10';

/** The endpoints of InfluxDB that programs write to, or ask whether there is one. */
export class Ingest {
  readonly #store: Store;
  readonly #access: Access;
  readonly #forwarder: Forwarder | undefined;
  readonly #version: string;
  readonly #written: ((bytes: number) => void) | undefined;
  readonly #databases = new Set(['requests']);
  readonly #turns = new Turns();
  readonly #bodies = new Bodies(this.#turns);
  /** By connection: its body that came last is read when this resolves. */
  readonly #last = new WeakMap<Socket, Promise<void>>();

  constructor(
    store: Store,
    access: Access,
    forwarder: Forwarder | undefined,
    version: string,
    written?: (bytes: number) => void,
  ) {
    this.#store = store;
    this.#access = access;
    this.#forwarder = forwarder;
    this.#version = version;
    this.#written = written;
  }

  /** Answers if the path is one of InfluxDB's; returns whether it is. */
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
      case '/query':
        this.#answer(req, res, this.#query(req, res, url));
        return true;
      default:
        return false;
    }
  }

  /** Gives up bodies that are being read: nobody waits for their answers any more. */
  close(): void {
    this.#turns.close();
  }

  /** Something of ours that is thrown is an answer as well: the writer tries again. */
  #answer(req: IncomingMessage, res: ServerResponse, answered: Promise<void>): void {
    const failed = (error: unknown) => {
      if (!res.headersSent) this.#refuse(req, res, 500, 'internal error of raw-requests view', false);
      throw error;
    };
    unawaited('a request to the view', answered.catch(failed));
  }

  /** Bodies of one connection are read in the order in which they were sent, also when the client does not wait. */
  #inOrder({ socket }: IncomingMessage, write: () => Promise<void>): Promise<void> {
    const before = this.#last.get(socket);
    const written = before === undefined ? write() : before.then(write, write);
    this.#last.set(socket, written);
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
      const refusal = await this.#forwarder?.take(req, url, body);
      if (refusal !== undefined) return refuse(refusal);
      const scanned = unit === undefined ? NOTHING : await this.#keep(body, unit);
      // Of what was passed on, the InfluxDB is the judge.
      if (this.#forwarder !== undefined || scanned?.refused === 0) res.writeHead(204, this.#headers()).end();
      else if (scanned === undefined) refuse({ status: 503, reason: 'the view is ending; try again' });
      else refuse({ status: 400, reason: sayWhy(scanned) });
    } finally {
      this.#written?.(body.bytes.length);
      body.release();
    }
  }

  /** Reads a body in turns with others; `undefined` if that was given up. */
  async #keep(body: Body, unit: bigint): Promise<ParseResult | undefined> {
    const reading = this.#store.begin(body.bytes, unit);
    const isRead = await this.#turns.do(reading);
    return isRead ? reading.scanned : undefined;
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
      // A header holds no line breaks, and not every character.
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

/** As InfluxDB 1.x says it, but with the number of lines that are missing. */
function sayWhy({ problems, refused }: ParseResult): string {
  const more = refused > problems.length ? `\n(and ${refused - problems.length} more)` : '';
  return `partial write: ${problems.join('\n')}${more} dropped=${refused}`;
}

function v2Code(status: number): string {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 413) return 'request too large';
  return status >= 500 ? 'unavailable' : 'invalid';
}
