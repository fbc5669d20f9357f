// Where lines of line protocol begin and end. Lines of other programs hold more than ours do: a line feed within a
// quoted text, blank lines, comments.

const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;

/** Lines of `text` that hold a point: no blank ones, no comments. */
export function countLines(text: Uint8Array): number {
  const count = new LineCount(text);
  count.step(text.length);
  return count.lines;
}

/** The same piece by piece, for threads that have others to serve meanwhile. */
export class LineCount {
  readonly #text: Uint8Array;
  #at = 0;
  lines = 0;

  constructor(text: Uint8Array) {
    this.#text = text;
  }

  /** Counts to the end of the line that is `bytes` further on; returns whether that is all. */
  step(bytes: number): boolean {
    const until = this.#at + bytes;
    while (this.#at < this.#text.length && this.#at < until) {
      const end = endOfLine(this.#text, this.#at);
      if (holdsPoint(this.#text, this.#at, end)) this.lines++;
      this.#at = end + 1;
    }
    return this.#at >= this.#text.length;
  }
}

/** The offset after the first `count` lines of `text` that hold a point; its length if it has no more. */
export function offsetAfter(text: Uint8Array, count: number): number {
  let at = 0;
  for (let left = count; left > 0 && at < text.length; ) {
    const end = endOfLine(text, at);
    if (holdsPoint(text, at, end)) left--;
    at = end + 1;
  }
  return Math.min(at, text.length);
}

/**
 * The offset of the line feed that ends the line at `at`, or the length of `text`. This is InfluxDB's own rule
 * (`scanLine` in its models/points.go, which InfluxDB 3 follows): a quote counts only in a field's value, and a
 * backslash skips the character after it.
 */
export function endOfLine(text: Uint8Array, at: number): number {
  const { length } = text;
  let inFields = false;
  let quoted = false;
  let equals = 0;
  let commas = 0;
  for (let i = at; i < length; i++) {
    const byte = text[i]!;
    // All that matters here is below 62, but for the backslash.
    if (byte > EQUALS) {
      if (byte === BACKSLASH && i + 2 < length) i++;
    } else if (byte === LINE_FEED) {
      if (!quoted) return i;
    } else if (byte === SPACE) inFields = true;
    else if (!inFields) continue;
    else if (byte === QUOTE) {
      if (equals > commas) quoted = !quoted;
    } else if (quoted) continue;
    else if (byte === EQUALS) equals++;
    else if (byte === COMMA) commas++;
  }
  return length;
}

function holdsPoint(text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = text[at]!;
    if (byte !== SPACE && byte !== TAB && byte !== RETURN && byte !== 0) return byte !== HASH;
  }
  return false;
}
