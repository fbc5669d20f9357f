import { setTimeout as sleep } from 'node:timers/promises';
import { compress } from '../../export/queue/part.ts';
import { retryDelay } from '../../export/send/retry.ts';
import { createSend, type SendSetup } from '../../export/send/send.ts';
import { counted } from '../text.ts';

/** Most lines in one write. */
const BATCH_LINES = 5000;
/** Beyond this the oldest go, and are counted: 15 MB, or four hours of seven processes a second. */
const MOST_WAITING = 100_000;

/**
 * Sends lines in their order, and keeps them for as long as the database does not take them. Says when that begins, when
 * it is over, and what was lost.
 */
export class PatientSender {
  readonly #send: ReturnType<typeof createSend>;
  readonly #label: string;
  readonly #say: (text: string) => void;
  readonly #ended = new AbortController();
  #waiting: string[] = [];
  #running: Promise<void> | undefined;
  #down = false;
  #refused = false;
  /** Removed because there was no room, ever; and of these, those that were not stored and not reported. */
  #dropped = 0;
  #lost = 0;
  stored = 0;

  constructor(setup: SendSetup, label: string, say: (text: string) => void) {
    this.#send = createSend(setup);
    this.#label = label;
    this.#say = say;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param lines each with its line feed */
  push(lines: readonly string[]): void {
    this.#waiting.push(...lines);
    const excess = this.#waiting.length - MOST_WAITING;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.#dropped += excess;
      this.#lost += excess;
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when all is stored or refused, or after `timeoutMs`. Keeps the process alive until then. */
  async end(timeoutMs: number): Promise<void> {
    const timeUp = sleep(timeoutMs, undefined, { signal: this.#ended.signal });
    await Promise.race([this.#running, timeUp]);
    this.#ended.abort();
    await timeUp.catch(() => {});
  }

  async #run(): Promise<void> {
    let most = BATCH_LINES;
    let failures = 0;
    while (this.#waiting.length > 0 && !this.#ended.signal.aborted) {
      const lines = this.#waiting.slice(0, most);
      const droppedBefore = this.#dropped;
      const verdict = await this.#send(compress(Buffer.from(lines.join(''))));
      if (verdict.kind === 'retry') {
        failures++;
        this.#isDown(verdict.reason);
        await sleep(retryDelay(failures, Math.random(), verdict.afterMs), undefined, {
          signal: this.#ended.signal,
        }).catch(() => {});
        continue;
      }
      failures = 0;
      if (verdict.kind === 'split' && lines.length > 1) {
        most = Math.ceil(lines.length / 2);
        continue;
      }
      // Of these, the oldest may have had to go while they were sent: they are not lost.
      const gone = Math.min(lines.length, this.#dropped - droppedBefore);
      this.#lost -= gone;
      this.#waiting.splice(0, lines.length - gone);
      this.#isUp(lines.length);
      const refused =
        verdict.kind === 'stored' ? 0 : verdict.kind === 'partial' ? verdict.lines : lines.length;
      this.stored += lines.length - refused;
      if (verdict.kind === 'stored') this.#refused = false;
      else if (!this.#refused) {
        this.#refused = true;
        this.#say(`${this.#label} refused ${counted(refused, 'point')}: ${verdict.reason}`);
      }
    }
  }

  #isDown(reason: string): void {
    if (this.#down) return;
    this.#down = true;
    this.#say(`${this.#label} does not take points: ${reason}; they wait in memory`);
  }

  #isUp(sent: number): void {
    if (!this.#down) return;
    this.#down = false;
    const lost = this.#lost === 0 ? '' : `, the oldest ${counted(this.#lost, 'point')} dropped`;
    this.#lost = 0;
    this.#say(
      `${this.#label} takes points again: ${counted(sent + this.#waiting.length, 'point')} waited${lost}`,
    );
  }
}
