import { say } from '../../log/log.ts';
import {
  type Address,
  address,
  ConfigError,
  hostName,
  longToken,
  readOptions,
  type SettingsOf,
  show,
  wholeNumber,
} from '../../options/options.ts';
import { packageInfo } from '../../package-root.ts';
import { keepAuthorization, keepSecret } from '../../safety/redact.ts';
import type { ForwardTarget } from '../forward/forwarder.ts';
import { CHUNK_ROWS } from '../shared/columns.ts';
import { isLoopback } from './access/access.ts';
import { type ServerOptions, ViewerServer } from './server.ts';

/** Where the live view is, unless told otherwise. */
export const DEFAULT_PORT = 8187;

/** The settings of {@link startViewer}. */
export interface ViewerOptions {
  /**
   * Port to listen on, 0 to 65535; 0 takes a free one.
   * @default 8187
   */
  port?: number | undefined;
  /**
   * Address to listen on. Any but a loopback address needs a `token`.
   * @default '127.0.0.1'
   */
  host?: string | undefined;
  /**
   * Most requests kept, from 16384 to 50 million; beyond that the oldest go. A million takes about 70 MB.
   * @default 1000000
   */
  max?: number | undefined;
  /**
   * Secret that readers and writers have to show, 16 to 512 ASCII characters without blanks: who opens the page is asked
   * for it, writers show it as an InfluxDB token or as password.
   *
   * Environment: `RAW_REQUESTS_VIEW_TOKEN`.
   * @default none
   */
  token?: string | undefined;
  /**
   * Address of an InfluxDB that everything written is passed on to, at the same path and with the same query, also what
   * the view cannot read. Credentials may be in it: `http://user:secret@host:8086`, or `http://:token@host:8086`; else
   * those of the writers are passed on.
   * @default none
   */
  forward?: string | undefined;
}

/** What the viewer has seen since it was started. */
export interface ViewerStats {
  /** Requests received, kept and no longer kept: `received = kept + evicted`. */
  readonly received: number;
  readonly kept: number;
  readonly evicted: number;
  /** Lines that could not be read. */
  readonly refused: number;
  /** Points of `raw-requests` without a duration, or with a value that no request can have: they are not kept. */
  readonly notRequests: number;
  /** Points of other measurements. */
  readonly otherPoints: number;
  /** Lines that `forward` took, and that it refused or that were given up. */
  readonly forwarded: number;
  readonly failed: number;
}

/** A live view that runs. */
export interface Viewer {
  /** Its address, without a token: `http://127.0.0.1:8187`. */
  readonly url: string;
  /** Ends it: pages are disconnected, what was to be forwarded is, for at most 2 s. */
  close(): Promise<void>;
  stats(): ViewerStats;
}

/**
 * Starts the live view: a server that takes line protocol as InfluxDB does, and shows each request in a page.
 * It keeps the process alive until it is closed.
 *
 * @example
 * ```ts
 * const viewer = await startViewer({ port: 0 });
 * console.log(viewer.url);
 * ```
 * @throws {ConfigError} when a setting is wrong, or the port is not to be had
 */
export async function startViewer(options: ViewerOptions = {}): Promise<Viewer> {
  const server = await openViewer(resolveViewer(options, process.env));
  return { url: server.url, close: () => server.close(), stats: () => statsOf(server) };
}

export function statsOf(server: ViewerServer): ViewerStats {
  const { received, kept, evicted, refused, notRequests, otherPoints } = server.store.counters();
  const { forwarded, failed } = server.forwarded;
  return { received, kept, evicted, refused, notRequests, otherPoints, forwarded, failed };
}

/** The settings once checked. */
export interface ResolvedViewer {
  readonly port: number;
  readonly host: string;
  readonly max: number;
  readonly token: string | undefined;
  readonly forward: ForwardTarget | undefined;
}

/** What is started by {@link startViewer}, with all that is in it: for the library itself. */
export async function openViewer(
  resolved: ResolvedViewer,
  hooks: Partial<Pick<ServerOptions, 'say' | 'written' | 'retryDelays'>> = {},
): Promise<ViewerServer> {
  const server = new ViewerServer({
    ...resolved,
    version: packageInfo().version,
    folder: FOLDER,
    say: (text) => say(`raw-requests view: ${text}`),
    ...hooks,
  });
  try {
    await server.listen();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const { host, port } = resolved;
    const problem = new ConfigError([explain(code, `${host}:${port}`) ?? `${host}:${port}: ${message}`]);
    throw Object.assign(problem, { code });
  }
  return server;
}

function explain(code: string | undefined, at: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `${at} is in use by another program: end that, or take another port, as in \`npx raw-requests view --port 8188\``;
    case 'EACCES':
      return `${at} may not be listened on by this user: take a port from 1024 up`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${at} is no address of this machine`;
    default:
      return undefined;
  }
}

const settings: SettingsOf<ViewerOptions, 'token' | 'forward', { forward: Address }> = {
  port: { env: [], kind: wholeNumber(0, 65_535), default: DEFAULT_PORT },
  host: { env: [], kind: hostName, default: '127.0.0.1' },
  max: { env: [], kind: wholeNumber(2 * CHUNK_ROWS, 50_000_000), default: 1_000_000 },
  token: { env: ['RAW_REQUESTS_VIEW_TOKEN'], kind: longToken, default: undefined },
  forward: { env: [], kind: address, default: undefined },
};

/** Fills in the defaults and checks everything. */
export function resolveViewer(options: ViewerOptions, env: NodeJS.ProcessEnv = {}): ResolvedViewer {
  const { values, problems } = readOptions(settings, options, env);
  const { host, forward } = values;
  if (problems.length === 0 && !isLoopback(host) && values.token === undefined) {
    problems.push(
      `Expected \`token\` or RAW_REQUESTS_VIEW_TOKEN to be set, because \`host\` ${show(host, 'code')} can be reached from other machines`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  keepSecret(values.token);
  const authorization = authorize(forward?.username, forward?.password);
  keepAuthorization(authorization);
  return { ...values, forward: forward && { url: forward.base, authorization } };
}

function authorize(username: string | undefined, password: string | undefined): string | undefined {
  if (password === undefined) return username === undefined ? undefined : `Token ${username}`;
  if (username === undefined) return `Token ${password}`;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** That of the page. */
const FOLDER = new URL('../', import.meta.url);
