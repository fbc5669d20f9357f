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
import { registerAuthorization, registerSecret } from '../../safety/redact.ts';
import type { ForwardTarget } from '../forward/forwarder.ts';
import { CHUNK_ROWS } from '../shared/columns.ts';
import { isLoopback } from './access/access.ts';
import { type ServerOptions, ViewerServer } from './server.ts';

/** The default port of the live view. */
export const DEFAULT_PORT = 8187;

/** The options of {@link startViewer}. */
export interface ViewerOptions {
  /**
   * Port to listen on, 0 to 65535; 0 selects a free port.
   * @default 8187
   */
  port?: number | undefined;
  /**
   * Address to listen on. An address that is not a loopback address needs a `token`.
   * @default '127.0.0.1'
   */
  host?: string | undefined;
  /**
   * The most requests in memory, from 16384 to 50 million. Beyond that, the oldest are dropped. A million takes about
   * 70 MB.
   * @default 1000000
   */
  max?: number | undefined;
  /**
   * Secret of readers and writers, 16 to 512 ASCII characters without blanks. The page asks readers for it; writers
   * send it as an InfluxDB token or as password.
   *
   * Environment: `RAW_REQUESTS_VIEW_TOKEN`.
   * @default none
   */
  token?: string | undefined;
  /**
   * Address of an InfluxDB to which all writes are forwarded, at the same path and with the same query, even if the
   * view cannot parse them. It may contain credentials: `http://user:secret@host:8086`, or `http://:token@host:8086`.
   * Otherwise those of the writers are forwarded.
   * @default none
   */
  forward?: string | undefined;
}

/** Counts since the start of the view. */
export interface ViewerStats {
  /** Requests received, in memory, and dropped: `received = kept + evicted`. */
  readonly received: number;
  readonly kept: number;
  readonly evicted: number;
  /** Invalid lines. */
  readonly refused: number;
  /** Points of `raw-requests` without a duration, or with a value that no request can have. They are not stored. */
  readonly notRequests: number;
  /** Points of other measurements. */
  readonly otherPoints: number;
  /** Lines that `forward` has stored, and lines that it refused or that were given up. */
  readonly forwarded: number;
  readonly failed: number;
}

/** A running live view. */
export interface Viewer {
  /** Its address, without a token: `http://127.0.0.1:8187`. */
  readonly url: string;
  /** Ends the view: disconnects pages, and forwards remaining lines for at most 2 s. */
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

/** The options, checked and with defaults. */
export interface ResolvedViewer {
  readonly port: number;
  readonly host: string;
  readonly max: number;
  readonly token: string | undefined;
  readonly forward: ForwardTarget | undefined;
}

/** The same as {@link startViewer}, with access to the server: for this library. */
export async function openViewer(
  resolved: ResolvedViewer,
  hooks: Partial<Pick<ServerOptions, 'say' | 'onBodyDone' | 'retryDelays'>> = {},
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
      return `${at} is in use by another program: end that program, or use another port, as in \`npx raw-requests view --port 8188\``;
    case 'EACCES':
      return `${at} is not allowed for this user: use a port from 1024 up`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${at} is not an address of this machine`;
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

/** Applies the defaults and checks all options. */
export function resolveViewer(options: ViewerOptions, env: NodeJS.ProcessEnv = {}): ResolvedViewer {
  const { values, problems } = readOptions(settings, options, env);
  const { host, forward } = values;
  if (problems.length === 0 && !isLoopback(host) && values.token === undefined) {
    problems.push(
      `Expected \`token\` or RAW_REQUESTS_VIEW_TOKEN to be set, because \`host\` ${show(host, 'code')} can be reached from other machines`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  registerSecret(values.token);
  const authorization = authorize(forward?.username, forward?.password);
  registerAuthorization(authorization);
  return { ...values, forward: forward && { url: forward.base, authorization } };
}

function authorize(username: string | undefined, password: string | undefined): string | undefined {
  if (password === undefined) return username === undefined ? undefined : `Token ${username}`;
  if (username === undefined) return `Token ${password}`;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The folder with the page. */
const FOLDER = new URL('../', import.meta.url);
