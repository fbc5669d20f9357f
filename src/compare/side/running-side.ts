import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { SidePlan } from '../plan/plan.ts';
import { environmentOf } from './environment.ts';
import { freePort } from './free-port.ts';
import { OutputTail } from './output-tail.ts';
import { SideError } from './side-error.ts';

const POLL_MS = 25;
/** What servers answer, and proxies for them, while they start. */
const NOT_READY = new Set([502, 503, 504]);
/** How long an answer to the question whether a side is ready is waited for. */
const READY_TIMEOUT_MS = 1000;
/** After SIGTERM; then it is killed. */
const STOP_MS = 5000;

/** Groups of processes that run now: nothing may outlive the comparison. */
const running = new Set<RunningSide>();
process.on('exit', () => {
  for (const side of running) side.kill();
});

/** A server under test that runs and answers. */
export class RunningSide {
  readonly #plan: SidePlan;
  readonly #child: ChildProcess | undefined;
  readonly #output = new OutputTail();
  readonly #sink: string;
  #url = '';
  #adopted: readonly number[] = [];

  private constructor(plan: SidePlan, child: ChildProcess | undefined, sink: string) {
    this.#plan = plan;
    this.#sink = sink;
    this.#child = child;
    if (child === undefined) return;
    this.#output.read(child.stdout!);
    this.#output.read(child.stderr!);
    running.add(this);
  }

  /**
   * Starts a side, and waits until it answers.
   *
   * @param sink where it writes its requests
   * @param tags further tags of its points
   * @throws {SideError} if it ends, or does not answer in time
   */
  static async start(
    plan: SidePlan,
    sink: string,
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RunningSide> {
    const port = plan.env.PORT ?? String(await freePort());
    const child =
      plan.command === undefined
        ? undefined
        : spawn(plan.command, {
            shell: true,
            cwd: plan.cwd,
            env: environmentOf(plan, port, sink, tags),
            stdio: ['ignore', 'pipe', 'pipe'],
            detached: process.platform !== 'win32', // a process group of its own, which is ended as a whole
          });
    const side = new RunningSide(plan, child, sink);
    const candidates = () =>
      plan.url === undefined
        ? [`http://127.0.0.1:${port}`, ...side.#output.addresses.filter((address) => address !== sink)]
        : [plan.url];
    try {
      side.#url = await side.#untilReady(candidates, signal);
      return side;
    } catch (error) {
      side.kill();
      throw error;
    }
  }

  /** Where it listens. */
  get url(): string {
    return this.#url;
  }

  /** The process that the command started, a shell in most cases. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get hasEnded(): boolean {
    return this.#child !== undefined && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  /** Processes that answered its requests, and need not be in the group of the command: they end with it. */
  adopt(pids: readonly number[]): void {
    this.#adopted = this.#child === undefined ? [] : pids.filter((pid) => hasInEnvironment(pid, this.#sink));
  }

  /** An error about this side, with the last lines of its output. */
  error(what: string): SideError {
    const { name, command } = this.#plan;
    const output = command === undefined ? '' : `\nThe last lines of its output:\n${this.#output.lastLines}`;
    return new SideError(`${name} (${command ?? this.#plan.url}) ${what}${output}`);
  }

  /** Ends it in order, and kills what is left after a while. */
  async stop(): Promise<void> {
    if (this.#child === undefined) return;
    const ended = this.hasEnded ? undefined : once(this.#child, 'exit');
    this.#signal('SIGTERM');
    const timer = new AbortController();
    await Promise.race([ended, delay(STOP_MS, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    this.kill();
  }

  kill(): void {
    this.#signal('SIGKILL');
    running.delete(this);
  }

  #signal(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (child?.pid === undefined) return;
    try {
      if (process.platform === 'win32') child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // All of the group has ended.
    }
    for (const pid of this.#adopted) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended with the group.
      }
    }
  }

  /** The first of the addresses that answers. */
  async #untilReady(addresses: () => string[], signal: AbortSignal): Promise<string> {
    const { startTimeout, ready } = this.#plan;
    const end = performance.now() + startTimeout * 1000;
    let last = '';
    while (performance.now() < end) {
      signal.throwIfAborted();
      if (this.hasEnded) throw this.error(`ended with ${this.#ending()} before it answered.`);
      for (const address of addresses()) {
        const answer = await ask(`${address}${ready}`);
        if (answer !== undefined && !NOT_READY.has(answer)) return address;
        if (answer !== undefined) last = `; ${address}${ready} answers ${answer}`;
      }
      await delay(POLL_MS);
    }
    throw this.error(
      `did not answer within ${startTimeout} s${last}. It has to listen at PORT, or to print its address.`,
    );
  }

  #ending(): string {
    const { exitCode, signalCode } = this.#child!;
    return signalCode ?? `exit code ${exitCode}`;
  }
}

/** Whether a process was started for this comparison: pids are used again, and those of a container are others. */
function hasInEnvironment(pid: number, sink: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`INFLUX_URL=${sink}`);
  } catch {
    return false;
  }
}

/** The status that an address answers with; undefined if it does not answer. */
function ask(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const req = http.get(url, { agent: false, timeout: READY_TIMEOUT_MS }, (res) => {
      res.resume().on('close', () => resolve(res.statusCode));
    });
    req.on('timeout', () => req.destroy());
    req.on('error', () => resolve(undefined));
  });
}
