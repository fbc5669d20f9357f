import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxQuery, quoteName, quoteText, type Row } from '../../influxql.ts';

/** Sections of influxd's configuration file, such as `{ http: { 'max-body-size': 1000 } }`. */
export type InfluxdConfig = Record<string, Record<string, string | number | boolean>>;

/** Options of {@link startInfluxd}. */
export interface InfluxdOptions {
  /** Settings that extend or override the default ones. */
  config?: InfluxdConfig;
  /** Switches authentication on and creates this administrator, who then runs all queries. */
  auth?: { username: string; password: string };
  /** Path of the program. @default the result of {@link findInfluxd} */
  binary?: string | undefined;
}

/** A private InfluxDB 1.x on loopback, in a temporary folder of its own. */
export interface Influxd {
  /** Address, which is the same after a restart. */
  readonly url: string;
  /** Process id; 0 while it does not run. */
  readonly pid: number;
  /** Folder with the configuration, the data and the log. `stop()` removes it. */
  readonly folder: string;
  /** Runs InfluxQL and returns the rows. */
  query(q: string, database?: string): Promise<Row[]>;
  /** Sends a signal, and waits for the end of the process, except for `SIGSTOP` (freezes it) and `SIGCONT` (resumes it). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again after `kill()`: same port, same data. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/** The path of `influxd`, if it is on the `PATH`. */
export function findInfluxd(): string | undefined {
  return findOnPath('influxd');
}

/** The path of a program, if it is on the `PATH`. */
export function findOnPath(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {}
  }
  return undefined;
}

/**
 * Starts a private `influxd` on free loopback ports, and waits until it answers. When this process ends, in whatever
 * way, the server is stopped and its folder is removed.
 */
export async function startInfluxd(options: InfluxdOptions = {}): Promise<Influxd> {
  const binary = options.binary ?? findInfluxd();
  if (binary === undefined)
    throw new Error(
      'There is no `influxd` on the PATH. Install InfluxDB 1.x (Debian: apt-get install influxdb).',
    );
  const folder = await mkdtemp(join(tmpdir(), 'raw-requests-influxd-'));
  const influxd = new InfluxdProcess(binary, folder, options);
  try {
    await influxd.start();
    if (options.auth) await influxd.createAdministrator(options.auth);
  } catch (error) {
    await influxd.stop();
    throw error;
  }
  return influxd;
}

class InfluxdProcess implements Influxd {
  readonly folder: string;
  readonly #binary: string;
  readonly #config: InfluxdConfig;
  readonly #log: string;
  #headers: Record<string, string> = {};
  /** 0 lets the system choose a port. The first start reads it from the log, and restarts use it again. */
  #port = 0;
  #child: ChildProcess | undefined;
  #guard: ChildProcess | undefined;
  readonly #killWithParent = (): void => {
    this.#child?.kill('SIGKILL');
  };

  constructor(binary: string, folder: string, options: InfluxdOptions) {
    this.#binary = binary;
    this.folder = folder;
    this.#log = join(folder, 'influxd.log');
    this.#config = options.auth
      ? merge(options.config, { http: { 'auth-enabled': true } })
      : (options.config ?? {});
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  query(q: string, database?: string): Promise<Row[]> {
    return influxQuery({ url: this.url, database, headers: this.#headers }, q);
  }

  async createAdministrator({ username, password }: { username: string; password: string }): Promise<void> {
    // influxd allows only this statement without credentials.
    await this.query(
      `CREATE USER ${quoteName(username)} WITH PASSWORD ${quoteText(password)} WITH ALL PRIVILEGES`,
    );
    this.#headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }

  async start(): Promise<void> {
    if (this.#child) return;
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const failure = await this.#launch(deadline);
      if (failure === undefined) return;
      await this.kill();
      // A restart uses the same port, which another process may use for a moment.
      const again = this.#port !== 0 && failure.includes('address already in use');
      if (!again || Date.now() > deadline) throw new Error(failure);
      await sleep(200);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || ended(child)) return;
    child.kill(signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.ref();
    await once(child, 'exit');
    clearTimeout(hard);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Returns the reason if it did not start. */
  async #launch(deadline: number): Promise<string | undefined> {
    const configFile = join(this.folder, 'influxd.conf');
    await writeFile(configFile, toToml(merge(baseConfig(this.folder, this.#port), this.#config)));
    const log = openSync(this.#log, 'a');
    const logStart = statSync(this.#log).size;
    const child = spawn(this.#binary, ['run', '-config', configFile], {
      stdio: ['ignore', log, log],
      detached: true, // so that Ctrl-C reaches only the parent, which then stops this process
      env: withoutInfluxSettings(process.env),
    });
    closeSync(log);
    let spawnError: Error | undefined;
    child.once('error', (error) => {
      spawnError = error;
    });
    child.once('exit', () => this.#forget());
    child.unref();
    if (child.pid !== undefined) {
      this.#child = child;
      this.#guard = guard(child.pid, this.folder);
      process.once('exit', this.#killWithParent);
    }

    for (;;) {
      const output = readFileSync(this.#log, 'utf8').slice(logStart);
      const address = /msg="Listening on HTTP".* addr=127\.0\.0\.1:(\d+)/.exec(output);
      if (address) this.#port = Number(address[1]);
      if (address && (await answersPing(this.url))) return undefined;
      if (spawnError) return `${this.#binary} did not start: ${spawnError.message}`;
      if (ended(child) || Date.now() > deadline) {
        const what = ended(child) ? 'ended at once' : `did not answer within ${START_TIMEOUT_MS / 1000} s`;
        return `${this.#binary} (${version(this.#binary)}; 1.x is needed) ${what}. Its log ends with:\n${tail(output)}`;
      }
      await sleep(POLL_MS);
    }
  }

  #forget(): void {
    this.#child = undefined;
    this.#guard?.kill('SIGKILL');
    this.#guard = undefined;
    process.off('exit', this.#killWithParent);
  }
}

/**
 * A shell that cleans up when its input ends, which happens when this process ends, even by SIGKILL. With an `exit`
 * listener alone, a killed process would leave a running database behind.
 */
function guard(pid: number, folder: string): ChildProcess {
  const cleanUp = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2" || { sleep 1; rm -rf "$2"; }';
  const child = spawn('sh', ['-c', cleanUp, 'influxd-guard', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  return child;
}

function baseConfig(folder: string, port: number): InfluxdConfig {
  return {
    // Debian's builds name this setting reporting-enabled; each build ignores the other name.
    '': { 'reporting-disabled': true, 'reporting-enabled': false, 'bind-address': '127.0.0.1:0' },
    meta: { dir: join(folder, 'meta') },
    data: { dir: join(folder, 'data'), 'wal-dir': join(folder, 'wal'), 'query-log-enabled': false },
    monitor: { 'store-enabled': false },
    http: { 'bind-address': `127.0.0.1:${port}`, 'log-enabled': false },
    logging: { format: 'logfmt', 'suppress-logo': true },
    continuous_queries: { enabled: false },
  };
}

function merge(base: InfluxdConfig = {}, extra: InfluxdConfig = {}): InfluxdConfig {
  const merged = { ...base };
  for (const [section, settings] of Object.entries(extra))
    merged[section] = { ...merged[section], ...settings };
  return merged;
}

function toToml(config: InfluxdConfig): string {
  return Object.entries(config)
    .map(([section, settings]) => {
      const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      return `${section === '' ? '' : `[${section}]\n`}${lines.join('')}`;
    })
    .join('\n');
}

/** `INFLUXDB_*` variables would override the configuration file. */
function withoutInfluxSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INFLUXDB_')));
}

async function answersPing(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

function ended(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function version(binary: string): string {
  try {
    return execFileSync(binary, ['version'], { encoding: 'utf8', timeout: 5000, stdio: 'pipe' }).trim();
  } catch {
    return 'version unknown';
  }
}

function tail(output: string): string {
  return output.trimEnd().split('\n').slice(-10).join('\n') || '(empty)';
}
