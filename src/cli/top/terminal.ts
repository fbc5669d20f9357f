import { emitKeypressEvents } from 'node:readline';
import { manyLines } from '../../safety/printable.ts';
import { unmark } from '../paint.ts';

/** A key as `node:readline` names it. */
export interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

// Control sequences of terminals (ECMA-48, and DEC private modes 25 and 1049 as xterm has them).
const OTHER_SCREEN = '\x1b[?1049h\x1b[?25l';
const FORMER_SCREEN = '\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[2J';
const REST_OF_LINE = '\x1b[K';
const place = (line: number) => `\x1b[${line + 1};1H`;

/** What a terminal is read from and written to, by default those of the process. */
export interface Streams {
  readonly input?: NodeJS.ReadStream;
  readonly output?: NodeJS.WriteStream;
  readonly env?: NodeJS.ProcessEnv;
}

/** The whole terminal. What was on it comes back at the end. Only lines that differ are written, for slow connections. */
export class Terminal {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #coloured: boolean;
  readonly #leave = () => this.close();
  #shown: string[] = [];
  #isOpen = true;

  constructor(
    onKey: (key: Key) => void,
    onResize: () => void,
    { input = process.stdin, output = process.stdout, env = process.env }: Streams = {},
  ) {
    this.#input = input;
    this.#output = output;
    this.#coloured = !env.NO_COLOR && env.TERM !== 'dumb';
    output.write(OTHER_SCREEN);
    output.on('resize', () => {
      this.#shown = [];
      output.write(CLEAR);
      onResize();
    });
    process.on('exit', this.#leave);
    if (!input.isTTY) return;
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on('keypress', (_text: string | undefined, key: Key) => onKey(key));
    input.resume();
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  /** @param lines with marks of `paint` */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen || this.#output.writableNeedDrain) return; // a later frame shows it
    let changes = '';
    const count = Math.max(lines.length, this.#shown.length);
    for (let i = 0; i < count; i++) {
      const line = unmark(lines[i] ?? '', this.#coloured, manyLines);
      if (line === this.#shown[i]) continue;
      this.#shown[i] = line;
      changes += `${place(i)}${line}${REST_OF_LINE}`;
    }
    if (changes !== '') this.#output.write(changes);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#leave);
    if (this.#input.isTTY) this.#input.setRawMode(false);
    this.#input.pause();
    this.#output.write(FORMER_SCREEN);
  }
}
