import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Body } from './body.ts';

/** Where everything is passed on to. */
export interface ForwardTarget {
  /** Without credentials, query, and slash at the end. */
  readonly url: string;
  /** `Authorization` of its own; else the writers' is passed on. */
  readonly authorization?: string | undefined;
  /** Path and query of its own; else those that were written to. */
  readonly writePath?: string | undefined;
}

/** In points. */
export interface Forwarded {
  /** Taken by the InfluxDB. */
  readonly forwarded: number;
  /** Refused by it, or given up because too much was waiting. */
  readonly failed: number;
  readonly queued: number;
}

interface Parcel {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly points: number;
}

const MOST_BYTES = 32 * 2 ** 20;
const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** Passes on what was written to an InfluxDB, one body at a time, beside the view and never in its way. */
export class Forwarder {
  readonly #target: ForwardTarget;
  readonly #ownToken: boolean;
  readonly #say: (text: string) => void;
  readonly #agent: http.Agent;
  readonly #queue: Parcel[] = [];
  #bytes = 0;
  #busy = false;
  #closed = false;
  #up = true;
  #failures = 0;
  #forwarded = 0;
  #failed = 0;
  #retry: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;

  /** @param ownToken writers show a token that is meant for the view alone */
  constructor(target: ForwardTarget, ownToken: boolean, say: (text: string) => void) {
    this.#target = target;
    this.#ownToken = ownToken;
    this.#say = say;
    const { Agent } = target.url.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  stats(): Forwarded {
    const queued = this.#queue.reduce((points, parcel) => points + parcel.points, 0);
    return { forwarded: this.#forwarded, failed: this.#failed, queued };
  }

  add(req: IncomingMessage, url: URL, { raw, encoding }: Body, points: number): void {
    const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' };
    if (encoding !== undefined) headers['content-encoding'] = encoding;
    const authorization =
      this.#target.authorization ?? (this.#ownToken ? undefined : req.headers.authorization);
    if (authorization !== undefined) headers.authorization = authorization;
    this.#queue.push({ path: this.#path(url), headers, body: raw, points });
    this.#bytes += raw.length;
    // The first one is on its way: whether it arrived is not known yet.
    while (this.#bytes > MOST_BYTES && this.#queue.length > 1) {
      const [dropped] = this.#queue.splice(1, 1);
      this.#bytes -= dropped!.body.length;
      this.#failed += dropped!.points;
    }
    this.#send();
  }

  /** Sends what is left for at most `timeoutMs`, then stops. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#queue.length > 0 && this.#up) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        setTimeout(resolve, timeoutMs).unref();
      });
    }
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#agent.destroy();
  }

  #path(url: URL): string {
    const query = new URLSearchParams(url.searchParams);
    if (this.#ownToken) for (const name of ['u', 'p']) query.delete(name);
    if (this.#target.writePath === undefined) return `${url.pathname}?${query}`;
    // The points are in the writer's precision, which the two endpoints call by different names.
    const own = new URL(this.#target.writePath, 'http://localhost');
    const precision = query.get('precision') || 'ns';
    const v2 = own.pathname.endsWith('/api/v2/write');
    const names: Record<string, string> = v2 ? { n: 'ns', u: 'us', µ: 'us' } : { us: 'u' };
    own.searchParams.set('precision', names[precision] ?? precision);
    return `${own.pathname}${own.search}`;
  }

  #send(): void {
    const [parcel] = this.#queue;
    if (this.#busy || this.#closed || this.#retry !== undefined) return;
    if (parcel === undefined) {
      this.#drained?.();
      return;
    }
    this.#busy = true;
    const { request } = this.#target.url.startsWith('https:') ? https : http;
    const req = request(`${this.#target.url}${parcel.path}`, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...parcel.headers, 'content-length': String(parcel.body.length) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    let said = '';
    req.on('response', (res) => {
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => {
        if (said.length < 500) said += chunk;
      });
      res.on('end', () => this.#answered(parcel, res.statusCode ?? 0, said.trim()));
      res.on('error', (error) => this.#unanswered(error));
    });
    req.on('error', (error) => this.#unanswered(error));
    req.end(parcel.body);
  }

  #answered(parcel: Parcel, status: number, said: string): void {
    if (!this.#busy) return;
    if (status >= 500 || [401, 403, 404, 408, 425, 429].includes(status)) {
      this.#unanswered(new Error(`${status}: ${said.slice(0, 200)}`));
      return;
    }
    this.#busy = false;
    this.#failures = 0;
    this.#queue.shift();
    this.#bytes -= parcel.body.length;
    const refused = status < 300 ? 0 : lostOf(said, parcel.points);
    this.#forwarded += parcel.points - refused;
    this.#failed += refused;
    if (refused > 0) this.#state(false, `refused ${refused} points: ${said.slice(0, 200)}`);
    else this.#state(true, 'takes everything again');
    this.#send();
  }

  #unanswered(error: Error): void {
    if (!this.#busy) return;
    this.#busy = false;
    this.#state(false, `does not take what is forwarded: ${error.message}; trying again`);
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#send();
    }, delay).unref();
  }

  #state(up: boolean, text: string): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#say(`InfluxDB at ${this.#target.url} ${text}`);
  }
}

/** How many points of a body an InfluxDB refused: all, unless it says otherwise. */
function lostOf(said: string, points: number): number {
  const dropped = /partial write: .*dropped=(\d+)/s.exec(said);
  return dropped === null ? points : Math.min(points, Math.max(1, Number(dropped[1])));
}
