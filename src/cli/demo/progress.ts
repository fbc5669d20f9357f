import { count, type Paint } from '../text.ts';

const WIDTH = 28;

/** One line that updates itself on a terminal; elsewhere a line each second. */
export class Progress {
  readonly #total: number;
  readonly #stream: NodeJS.WriteStream;
  readonly #paint: Paint;
  readonly #timer: NodeJS.Timeout;
  readonly #started = performance.now();
  #done = 0;
  #drawn = false;

  constructor(total: number, stream: NodeJS.WriteStream, paint: Paint) {
    this.#total = total;
    this.#stream = stream;
    this.#paint = paint;
    this.#timer = setInterval(() => this.#draw(), stream.isTTY ? 100 : 1000);
  }

  /** One more is done. */
  step(): void {
    this.#done++;
  }

  /** Takes the line away again, or sets the lines apart from what follows. */
  stop(): void {
    clearInterval(this.#timer);
    if (this.#drawn) this.#stream.write(this.#stream.isTTY ? '\r\x1b[K' : '\n');
  }

  #draw(): void {
    this.#drawn = true;
    const perSecond = this.#done / ((performance.now() - this.#started) / 1000);
    const text = `${count(this.#done)} of ${count(this.#total)} requests, ${count(perSecond)} per second`;
    if (!this.#stream.isTTY) {
      this.#stream.write(`  ${text}\n`);
      return;
    }
    const filled = Math.round((this.#done / this.#total) * WIDTH);
    const bar = '█'.repeat(filled) + this.#paint.dim('░'.repeat(WIDTH - filled));
    this.#stream.write(`\r\x1b[K  ${bar}  ${text}`);
  }
}
