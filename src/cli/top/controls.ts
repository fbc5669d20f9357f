import { ORDERS, type Order } from './screen.ts';
import type { Key } from './terminal.ts';

const KEYS = 'q quit  space pause  s sort  w window  / filter  arrows scroll';
const MAX_FILTER_LENGTH = 100;

/** What the keys have chosen. */
export class Controls {
  readonly #windows: readonly number[];
  readonly #quit: () => void;
  #window = 0;
  #order: Order = ORDERS[0];
  #offset = 0;
  /** The text that is typed, until Enter or Esc. */
  #typed: string | undefined;
  filter = '';
  isPaused = false;

  /** @param windows ms, the first one is shown first */
  constructor(windows: readonly number[], quit: () => void) {
    this.#windows = windows;
    this.#quit = quit;
  }

  get windowMs(): number {
    return this.#windows[this.#window]!;
  }

  /** For the screen. @param routes the number of routes, beyond which it is not scrolled */
  shown(routes: number): { order: Order; filter: string; offset: number; isPaused: boolean; footer: string } {
    this.#offset = Math.max(0, Math.min(this.#offset, routes - 1));
    return {
      order: this.#order,
      filter: this.filter,
      offset: this.#offset,
      isPaused: this.isPaused,
      footer:
        this.#typed === undefined ? KEYS : `Filter (-text excludes): ${this.#typed}_  Enter, Esc clears`,
    };
  }

  press({ name, sequence = '', ctrl }: Key): void {
    if (ctrl && name === 'c') this.#quit();
    else if (this.#typed !== undefined) this.#type(name, sequence);
    else if (name === 'q') this.#quit();
    else if (name === 'space') this.isPaused = !this.isPaused;
    else if (name === 's') this.#order = ORDERS[(ORDERS.indexOf(this.#order) + 1) % ORDERS.length]!;
    else if (name === 'w') this.#window = (this.#window + 1) % this.#windows.length;
    else if (sequence === '/') this.#typed = this.filter;
    else if (name === 'escape') this.filter = '';
    else if (name === 'down') this.#offset++;
    else if (name === 'up') this.#offset--;
    else if (name === 'pagedown') this.#offset += 10;
    else if (name === 'pageup') this.#offset -= 10;
  }

  #type(name: string | undefined, sequence: string): void {
    const typed = this.#typed!;
    if (name === 'return' || name === 'enter') {
      this.filter = typed.trim();
      this.#offset = 0;
      this.#typed = undefined;
    } else if (name === 'escape') {
      this.filter = '';
      this.#typed = undefined;
    } else if (name === 'backspace') this.#typed = [...typed].slice(0, -1).join('');
    else if (!/\p{C}/u.test(sequence)) this.#typed = (typed + sequence).slice(0, MAX_FILTER_LENGTH);
  }
}
