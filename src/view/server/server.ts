import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RetryDelays } from '../../export/send/retry.ts';
import { attempt, caught, guarded } from '../../safety/guard.ts';
import { after } from '../../safety/time.ts';
import { type Forwarded, Forwarder, type ForwardTarget } from '../forward/forwarder.ts';
import { Store } from '../store/store.ts';
import { Access, type Refusal } from './access/access.ts';
import { SignIn } from './access/sign-in.ts';
import { Ingest } from './ingest.ts';
import { LiveFeed } from './live-feed.ts';
import { StaticFiles } from './static-files.ts';

export interface ServerOptions {
  readonly port: number;
  readonly host: string;
  readonly max: number;
  readonly token: string | undefined;
  readonly forward: ForwardTarget | undefined;
  /** Delays between attempts to forward. */
  readonly retryDelays?: RetryDelays | undefined;
  readonly version: string;
  /** Contains the folders `page`, `shared` and `vendor` of the page. */
  readonly folder: URL;
  /** Called when forwarding fails, or works again. */
  readonly say: (text: string) => void;
  /** Called with the size of each body when it has been processed. */
  readonly onBodyDone?: ((bytes: number) => void) | undefined;
}

const KIND = 'a request to the view';
const FORWARD_CLOSE_TIMEOUT_MS = 2000;
/** Time for responses in progress when the server closes. */
const LINGER_MS = 500;

/** The live view: accepts writes into the store, and serves the pages. */
export class ViewerServer {
  readonly store: Store;
  readonly #options: ServerOptions;
  readonly #access: Access;
  readonly #signIn: SignIn;
  readonly #files: StaticFiles;
  readonly #forwarder: Forwarder | undefined;
  readonly #ingest: Ingest;
  readonly #feed: LiveFeed;
  readonly #server: http.Server;

  constructor(options: ServerOptions) {
    const { host, token, max, forward, retryDelays, version, folder, say, onBodyDone } = options;
    this.#options = options;
    this.store = new Store(max);
    this.#access = new Access(host, token);
    this.#signIn = new SignIn(this.#access);
    this.#files = new StaticFiles(folder);
    this.#forwarder = forward && new Forwarder(forward, token !== undefined, say, retryDelays);
    this.#ingest = new Ingest(this.store, this.#access, this.#forwarder, version, onBodyDone);
    this.#feed = new LiveFeed(this.store, version);
    const answer = (req: IncomingMessage, res: ServerResponse) => this.#answer(req, res);
    this.#server = http.createServer({ keepAliveTimeout: 65_000 }, answer);
    // Clients with `Expect: 100-continue` get a refusal before they send the body.
    const asked = (req: IncomingMessage, res: ServerResponse) => {
      const goOn = (event: string) => event === 'data' && !res.headersSent && res.writeContinue();
      req.once('newListener', guarded(KIND, goOn));
      this.#answer(req, res);
    };
    this.#server.on('checkContinue', guarded(KIND, asked));
  }

  /** Rejects with the system's error if the server cannot listen. */
  async listen(): Promise<void> {
    const { port, host } = this.#options;
    // `exclusive`, because in a cluster the primary would distribute the connections over the workers.
    this.#server.listen({ port, host, exclusive: true });
    await once(this.#server, 'listening');
  }

  /** `http://127.0.0.1:8187` */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    const { host } = this.#options;
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  }

  /** The address of the page with a link that signs in one browser, once, within a minute. */
  signInUrl(): string {
    return `${this.url}/${this.#access.link()}`;
  }

  get forwarded(): Forwarded {
    return this.#forwarder?.stats() ?? { forwarded: 0, failed: 0, queued: 0 };
  }

  async close(): Promise<void> {
    this.#feed.close();
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    this.#server.closeIdleConnections();
    after(KIND, LINGER_MS, () => this.#server.closeAllConnections());
    await closed;
    this.#ingest.close();
    await this.#forwarder?.close(FORWARD_CLOSE_TIMEOUT_MS);
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    try {
      res.on('error', () => {});
      const refusal = this.#access.refuseHost(req) ?? this.#route(req, res);
      if (refusal !== undefined) refuse(res, refusal);
    } catch (error) {
      caught(KIND, error);
      attempt(KIND, () => fail(res));
    }
  }

  /** Handles the request, or returns the refusal. */
  #route(req: IncomingMessage, res: ServerResponse): Refusal | undefined {
    const target = req.url ?? '/';
    if (!URL.canParse(target, 'http://localhost')) return { status: 400, reason: 'Bad Request' };
    const url = new URL(target, 'http://localhost');
    if (this.#ingest.handle(req, res, url)) return undefined;
    if (req.method === 'POST' && url.pathname === '/sign-in') {
      const refusal = this.#access.refuseSite(req);
      if (refusal === undefined) this.#signIn.handle(req, res);
      return refusal;
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return { status: 405, reason: 'Method Not Allowed: use GET' };
    }
    if (url.pathname === '/feed') {
      if (req.method === 'HEAD') return { status: 405, reason: 'Method Not Allowed: use GET' };
      const refusal = this.#access.refuseSite(req) ?? this.#access.refuseReader(req);
      if (refusal === undefined) this.#feed.handle(res, url.searchParams);
      return refusal;
    }
    if (url.pathname === '/' && this.#signIn.byLink(req, res, url.searchParams)) return undefined;
    if (url.pathname === '/') {
      const refusal = this.#access.refuseReader(req);
      if (refusal !== undefined)
        return this.#files.handle(req, res, '/sign-in.html', 401) ? undefined : refusal;
    }
    if (this.#files.handle(req, res, url.pathname)) return undefined;
    const reason = this.#files.hasPage ? 'Not found' : 'The page is not built: run `npm run build`';
    return { status: 404, reason };
  }
}

function refuse(res: ServerResponse, { status, reason }: Refusal): void {
  res.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  });
  res.end(`${reason}\n`);
}

/** Ends a request whose handler has thrown. */
function fail(res: ServerResponse): void {
  if (res.headersSent) res.destroy();
  else refuse(res, { status: 500, reason: 'Internal Server Error' });
}
