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
  const lines = new LineScanner(text);
  lines.step(text.length);
  return lines.count;
}

/** The offset after the first `count` lines of `text` that hold a point; its length if it has no more. */
export function offsetAfter(text: Uint8Array, count: number): number {
  const lines = new LineScanner(text);
  while (lines.count < count && !lines.step(1));
  return lines.at;
}

/** Walks over the lines of a text, piece by piece where others are to be served meanwhile. */
export class LineScanner {
  readonly #text: Uint8Array;
  /** Where the next line begins. */
  at = 0;
  /** Lines so far that hold a point. */
  count = 0;
  /** The first quote and the first backslash from `at` on. */
  #quote = -1;
  #backslash = -1;

  constructor(text: Uint8Array) {
    this.#text = text;
  }

  /** Goes on to the end of the line that is `bytes` further on; returns whether that is all. */
  step(bytes: number): boolean {
    const text = this.#text;
    const until = this.at + bytes;
    while (this.at < text.length && this.at < until) {
      const end = this.#end();
      if (holdsPoint(text, this.at, end)) this.count++;
      this.at = end < text.length ? end + 1 : end;
    }
    return this.at >= text.length;
  }

  /** The line feed that ends the line at `at`; found ten times as fast where nothing can be quoted, as in most lines. */
  #end(): number {
    const { at } = this;
    if (this.#quote < at) this.#quote = offsetOf(this.#text, QUOTE, at);
    if (this.#backslash < at) this.#backslash = offsetOf(this.#text, BACKSLASH, at);
    const end = offsetOf(this.#text, LINE_FEED, at);
    if (this.#backslash < end) return endOfLine(this.#text, at);
    if (this.#quote >= end) return end;
    // Before the fields nothing is quoted. (With `Math.min`, V8 would count bytes in floating point, half as fast.)
    const fields = offsetOf(this.#text, SPACE, at);
    return endOfLine(this.#text, fields < end ? fields : end);
  }
}

function offsetOf(text: Uint8Array, byte: number, from: number): number {
  const offset = text.indexOf(byte, from);
  return offset === -1 ? text.length : offset;
}

/**
 * The offset of the line feed that ends the line at `at`, or the length of `text`. This is InfluxDB's own rule
 * (`scanLine` in its models/points.go, which InfluxDB 3 follows): a quote counts only in a field's value, and a
 * backslash skips the character after it.
 */
function endOfLine(text: Uint8Array, at: number): number {
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
