import type { Readable } from 'node:stream';

const MAX_LENGTH = 64 * 1024;
const LINES_SHOWN = 12;
/** Hosts by which servers say that they listen on all addresses. */
const ANY = new Set(['0.0.0.0', '[::]', '*']);

/** The end of what a program has printed, on both of its outputs. */
export class OutputTail {
  #text = '';
  /** Called with each piece of output. */
  onText: (() => void) | undefined;

  read(stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      this.#text = (this.#text + piece).slice(-MAX_LENGTH);
      this.onText?.();
    });
  }

  /** The addresses in it, as servers print where they listen. */
  get addresses(): string[] {
    const found = this.#text.matchAll(/\bhttp:\/\/(\[[0-9a-f:]+\]|[\w.*-]+):(\d{1,5})\b/gi);
    return [...found].map(([, host, port]) => `http://${ANY.has(host!) ? '127.0.0.1' : host}:${port}`);
  }

  /** The last lines, indented. */
  get lastLines(): string {
    const lines = this.#text.trimEnd().split('\n').slice(-LINES_SHOWN);
    return lines.join('') === '' ? '  (it printed nothing)' : lines.map((line) => `  ${line}`).join('\n');
  }
}
