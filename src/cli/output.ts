import { inspect } from 'node:util';
import { escapeLines, manyLines, printableJson } from '../safety/printable.ts';
import { unmark } from './paint.ts';

/** What is used of a stream; a terminal says that it is one. */
type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * All that commands write passes here: what a server, a file name or an error brings along cannot rewrite a terminal,
 * and secrets are covered. Only what `paint` marked is coloured, on a terminal, and never with `NO_COLOR`
 * (https://no-color.org).
 */
export class Output {
  readonly isTerminal: boolean;
  readonly #stream: Stream;
  readonly #coloured: boolean;

  constructor(stream: Stream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.#coloured = this.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  /** Characters of a line. */
  get columns(): number {
    return this.#stream.columns || 80;
  }

  write(text: string): void {
    this.#stream.write(unmark(text, this.#coloured, manyLines));
  }

  say(text = ''): void {
    this.write(`${text}\n`);
  }

  /** Without covering secrets: they are what its reader has asked for. */
  reveal(text: string): void {
    this.#stream.write(`${unmark(text, this.#coloured, escapeLines)}\n`);
  }

  json(value: unknown): void {
    this.#stream.write(`${printableJson(value, 2)}\n`);
  }

  /** An error that nobody expected, with all that is known of it. */
  unexpected(error: unknown): void {
    this.say(inspect(error));
  }

  /** Writes over the line that was written last by this; only on a terminal. */
  redraw(text: string): void {
    this.#stream.write('\r\x1b[K');
    this.write(text);
  }
}

export const out: Output = new Output(process.stdout, process.env);
export const err: Output = new Output(process.stderr, process.env);

/** Ends the process without a word when nobody reads on: `raw-requests demo | head` is no failure. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}
