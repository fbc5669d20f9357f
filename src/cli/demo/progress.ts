import type { Output } from '../output.ts';
import { paint } from '../paint.ts';
import { count } from '../text.ts';

const WIDTH = 28;

/** Shows progress: a line that is updated on a terminal, or else one line per second. */
export class Progress {
  readonly #total: number;
  readonly #out: Output;
  readonly #timer: NodeJS.Timeout;
  readonly #started = performance.now();
  #done = 0;
  #drawn = false;

  constructor(total: number, out: Output) {
    this.#total = total;
    this.#out = out;
    this.#timer = setInterval(() => this.#draw(), out.isTerminal ? 100 : 1000);
  }

  /** Counts one more request. */
  step(): void {
    this.#done++;
  }

  /** Removes the line, or writes an empty line after the lines. */
  stop(): void {
    clearInterval(this.#timer);
    if (!this.#drawn) return;
    if (this.#out.isTerminal) this.#out.redraw('');
    else this.#out.say();
  }

  #draw(): void {
    this.#drawn = true;
    const perSecond = this.#done / ((performance.now() - this.#started) / 1000);
    const text = `${count(this.#done)} of ${count(this.#total)} requests, ${count(perSecond)} per second`;
    if (!this.#out.isTerminal) {
      this.#out.say(`  ${text}`);
      return;
    }
    const filled = Math.round((this.#done / this.#total) * WIDTH);
    const bar = '█'.repeat(filled) + paint.dim('░'.repeat(WIDTH - filled));
    this.#out.redraw(`  ${bar}  ${text}`);
  }
}
