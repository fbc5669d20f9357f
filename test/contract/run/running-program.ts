import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { atServer, type Mode } from '../modes.ts';
import type { Framework } from '../program/application.ts';
import type { Witnessed } from '../program/witness.ts';

const PROGRAM = fileURLToPath(new URL('../program/main.js', import.meta.url));
const REGISTER = new URL('../../../src/register.js', import.meta.url).href;

/** The output of a program that has ended. */
export interface Ended {
  readonly status: number | null;
  readonly stderr: string;
  /** `stats()` of the framework's adapter. */
  readonly stats: Record<string, number>;
}

type Told =
  | { readonly port: number }
  | { readonly arrived: string }
  | { readonly injected: string }
  | { readonly path: string; readonly witnessed: Witnessed };

/** A program in its own process: `contract/program.ts` on one framework, in one mode. */
export class RunningProgram {
  readonly framework: Framework;
  readonly service: string;
  /** By path. */
  readonly witnessed: Map<string, Witnessed> = new Map();
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #arrived: string[] = [];
  #port = 0;
  readonly #told = new EventEmitter();
  #injected: string | undefined;

  constructor(framework: Framework, mode: Mode, influxUrl: string, env: Readonly<Record<string, string>>) {
    this.framework = framework;
    this.service = `${framework.name}, ${mode}`;
    this.#child = fork(PROGRAM, [framework.name, mode], {
      execArgv: atServer(mode) ? ['--import', REGISTER] : [],
      env: {
        ...process.env,
        RAW_REQUESTS_LOG_LEVEL: 'silent',
        ...settings(this.service, mode === 'bare' ? '' : influxUrl),
        ...env,
      },
      silent: true,
    });
    this.#child.on('message', (told) => this.#listen(told as Told));
    this.#ended = this.#end();
  }

  get port(): number {
    return this.#port;
  }

  async started(): Promise<void> {
    await this.#until(() => this.#port > 0);
  }

  /** Resolves when that many requests for a path have reached their handlers. */
  async arrived(path: string, count = 1): Promise<void> {
    await this.#until(() => this.#arrived.filter((one) => one === path).length >= count);
  }

  async inject(path: string): Promise<string> {
    this.#injected = undefined;
    this.#child.send(path);
    await this.#until(() => this.#injected !== undefined);
    return this.#injected!;
  }

  /** Ends the program in an orderly way, so that it delivers everything. */
  end(): Promise<Ended> {
    if (this.#child.connected) this.#child.disconnect();
    return this.#ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #listen(told: Told): void {
    if ('port' in told) this.#port = told.port;
    else if ('arrived' in told) this.#arrived.push(told.arrived);
    else if ('injected' in told) this.#injected = told.injected;
    else this.witnessed.set(told.path, told.witnessed);
    this.#told.emit('told');
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await Promise.race([once(this.#told, 'told'), this.#endsTooSoon()]);
  }

  async #endsTooSoon(): Promise<never> {
    const { stderr } = await this.#ended;
    throw new Error(`the program has ended: ${stderr}`);
  }

  async #end(): Promise<Ended> {
    const { stdout, stderr } = this.#child;
    const [[status], said, complained] = await Promise.all([
      once(this.#child, 'exit'),
      text(stdout!),
      text(stderr!),
    ]);
    // restify writes to stdout as well
    return { status, stderr: complained, stats: JSON.parse(said.split('\n').pop() || '{}') };
  }
}

function settings(service: string, influxUrl: string): Record<string, string> {
  return {
    INFLUX_URL: influxUrl,
    INFLUX_DATABASE: 'requests',
    RAW_REQUESTS_SERVICE: service,
    RAW_REQUESTS_PATH: 'on',
    RAW_REQUESTS_EXIT_TIMEOUT_MS: '30000',
    NODE_ENV: 'production',
  };
}
