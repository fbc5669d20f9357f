import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { freePort } from '../../src/compare/side/free-port.ts';
import { run } from '../support/run.ts';
import { until } from '../support/within.ts';
import { root } from './document.ts';

/** These run until they are ended. */
const SERVER: RegExp =
  /^(?:\w+=\S+ )*(?:node (?:\w+\/)*[\w-]+\.js|node --import|npx raw-requests view|venv\/bin\/(?:gunicorn|mod_wsgi))/;

export const isServer = (command: string): boolean => SERVER.test(command);

/**
 * Someone who follows the workshop in a folder of their own: what the setup installs from npm is linked from this repository,
 * ports are free ones, loads and rounds are short.
 */
export class Reader {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ports: Record<string, string>;
  readonly #servers = new Map<string, ChildProcess>();

  private constructor(folder: string, env: NodeJS.ProcessEnv, ports: Record<string, string>) {
    this.folder = folder;
    this.#env = env;
    this.#ports = ports;
  }

  static async start(t: TestContext, packages: readonly string[], venv?: string): Promise<Reader> {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-workshop-'));
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    for (const name of packages) {
      const from = name === 'raw-requests' ? root : join(root, 'node_modules', name);
      symlinkSync(from, join(modules, name), 'dir');
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    cpSync(join(root, 'examples/workshop'), folder, { recursive: true });
    if (venv !== undefined) symlinkSync(venv, join(folder, 'venv'), 'dir');
    // Apache's processes are those of another user.
    chmodSync(folder, 0o755);
    shortenPlans(folder);
    const ports = { 3000: String(await freePort()), 8187: String(await freePort()) };
    const INFLUX_URL = `http://127.0.0.1:${ports[8187]}`;
    const env = {
      ...process.env,
      INFLUX_URL,
      PORT: ports[3000],
      RAW_REQUESTS_HANDLE_SIGNALS: 'on',
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '100',
      TMPDIR: folder,
    };
    const reader = new Reader(folder, env, ports);
    t.after(async () => {
      await reader.endAll();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    return reader;
  }

  /** The address of the live view. */
  get view(): string {
    return `http://127.0.0.1:${this.#ports[8187]}`;
  }

  /** Types a command. That of a server resolves when the server answers; others when they have ended. */
  async type(command: string, env: Record<string, string> = {}): Promise<string> {
    const text = this.#asRun(command);
    if (isServer(command)) {
      await this.#serve(command, text, env);
      return '';
    }
    const all = { ...this.#env, ...env } as Record<string, string>;
    const { status, stdout, stderr } = await run(['-c', `cd '${this.folder}' && ${text}`], all, 'bash');
    // 2 and 3 are verdicts of `compare`.
    if (![0, 2, 3].includes(status!)) throw new Error(`${command} ended with ${status}: ${stdout}${stderr}`);
    return stdout + stderr;
  }

  async #serve(command: string, text: string, env: Record<string, string>): Promise<void> {
    const port = command.includes('raw-requests view') ? '8187' : '3000';
    await this.endServer(port);
    // In a group of its own, which is ended as a whole, as by Ctrl-C.
    const child = spawn('bash', ['-c', text], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    this.#servers.set(port, child);
    await until(() => {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${errors}`);
      return isListening(Number(this.#ports[port]));
    }, `${command} listens`);
  }

  async endServer(port = '3000'): Promise<void> {
    const child = this.#servers.get(port);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    process.kill(-child.pid!, 'SIGINT');
    await exit;
  }

  async endAll(): Promise<void> {
    for (const port of this.#servers.keys()) await this.endServer(port);
  }

  #asRun(command: string): string {
    return command
      .replace(/\bnpx raw-requests\b/, `'${process.execPath}' '${join(root, 'dist/cli/main.js')}'`)
      .replace(
        /\bnpx autocannon\b/,
        `'${process.execPath}' '${join(root, 'node_modules/autocannon/autocannon.js')}'`,
      )
      .replace(/raw-requests view|main.js' view/, `$& --port ${this.#ports[8187]}`)
      .replace(/-d \d+/, '-a 200')
      .replace(/\b(?:3000|8187)\b/g, (port) => this.#ports[port]!);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.end());
  });
}

/** One short pair of rounds each, on a machine that may be busy: what is found is tested, not how precisely. */
function shortenPlans(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (!name.endsWith('.yaml') || name.startsWith('node_modules')) continue;
    const plan = parse(readFileSync(join(folder, name), 'utf8'));
    const load = { ...plan.load, duration: 0.4, ...(plan.load.rate && { rate: 10 }) };
    const limits = { others: 1, late: 1, generator: 1, repeats: 0 };
    writeFileSync(join(folder, name), stringify({ ...plan, load, rounds: 1, warmUp: 0.2, limits }));
  }
}
