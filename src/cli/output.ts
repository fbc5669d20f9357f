import { inspect } from 'node:util';
import { escapeLines, manyLines, printableJson } from '../safety/printable.ts';
import { unmark } from './paint.ts';

/** The members of a stream that are used here. */
type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * The output of commands. Text from a server, a file name or an error is made printable, so that it cannot control the
 * terminal, and secrets are covered. Text that `paint` has marked is coloured on a terminal, but not with `NO_COLOR`
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

  /** The width of the terminal, in characters. */
  get columns(): number {
    return this.#stream.columns || 80;
  }

  write(text: string): void {
    this.#stream.write(unmark(text, this.#coloured, manyLines));
  }

  say(text = ''): void {
    this.write(`${text}\n`);
  }

  /** Writes text without covering secrets, such as a token that the user needs. */
  reveal(text: string): void {
    this.#stream.write(`${unmark(text, this.#coloured, escapeLines)}\n`);
  }

  json(value: unknown): void {
    this.#stream.write(`${printableJson(value, 2)}\n`);
  }

  /** Writes an unexpected error, with its stack and properties. */
  unexpected(error: unknown): void {
    this.say(inspect(error));
  }

  /** Replaces the line that this method wrote last; only for a terminal. */
  redraw(text: string): void {
    this.#stream.write('\r\x1b[K');
    this.write(text);
  }
}

export const out: Output = new Output(process.stdout, process.env);
export const err: Output = new Output(process.stderr, process.env);

/** Exits silently when the reader of the output has ended, as in `raw-requests demo | head`. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}
