import { BACKSLASH, COMMA, EQUALS, NEWLINE, QUOTE, RETURN, SPACE } from './characters.ts';
import { MAX_FIELDS, MAX_KEY_BYTES, MAX_LINE_BYTES } from './limits.ts';
import { Kind, Line } from './line.ts';
import { Problem } from './problems.ts';
import { parseTimestamp } from './timestamp.ts';
import { parseValue } from './values.ts';

/**
 * Bytes of a body that may be parsed twice. An unclosed quote makes all following lines part of its text; they are parsed
 * again as lines of their own. Beyond this limit a text ends at the next line feed.
 */
const MAX_REPARSED_BYTES = 2 ** 20;

/** Parses lines, one at a time, into one {@link Line}. */
export class LineParser {
  readonly line: Line = new Line();
  /** Bytes of the body that were parsed twice so far. */
  parsedTwice = 0;
  /** Where the line ends at the latest. */
  #limit = 0;

  /** Sets the body that the next lines are parsed from. */
  open(bytes: Uint8Array, parsedTwice: number): void {
    this.line.bytes = bytes;
    this.parsedTwice = parsedTwice;
  }

  /**
   * Parses the line at `at`.
   *
   * @returns where it ends, or the negative number of a problem
   */
  parse(at: number, unit: bigint, now: bigint): number {
    const { line } = this;
    const { bytes } = line;
    // A longer line is cut at the limit. It is refused, because a line cannot end where no line feed is.
    const length = Math.min(bytes.length, at + MAX_LINE_BYTES);
    this.#limit = length;
    line.start = at;
    let i = at;

    // The key is only hashed, because most keys are known from earlier lines. An escaped space does not end it.
    let hash = 0;
    let before = COMMA;
    const keyLimit = Math.min(length, at + MAX_KEY_BYTES + 1);
    for (; i < keyLimit; i++) {
      const c = bytes[i]!;
      if (c <= SPACE) {
        if (c === NEWLINE) break;
        if (c === SPACE && before !== BACKSLASH) break;
      }
      hash = (Math.imul(hash, 31) + c) | 0;
      before = c;
    }
    if (i - at > MAX_KEY_BYTES) return -Problem.keyTooLong;
    line.keyEnd = i;
    line.keyHash = hash;
    while (i < length && bytes[i] === SPACE) i++;
    if (i >= length || bytes[i] === NEWLINE || bytes[i] === RETURN) return -Problem.missingFields;

    line.fields = 0;
    for (;;) {
      const nameStart = i;
      let c = 0;
      for (; i < length; i++) {
        c = bytes[i]!;
        if (c === EQUALS || c === COMMA || c <= SPACE) {
          if (c !== NEWLINE && c !== RETURN && i > nameStart && bytes[i - 1] === BACKSLASH) continue;
          break;
        }
      }
      if (i >= length || c !== EQUALS) return -Problem.invalidField;
      if (i === nameStart) return -Problem.missingFieldKey;
      const nameEnd = i++;
      const field = line.fields < MAX_FIELDS ? line.fields++ : MAX_FIELDS - 1;
      line.nameStart[field] = nameStart;
      line.nameEnd[field] = nameEnd;

      if (i >= length) return -Problem.missingFieldValue;
      c = bytes[i]!;
      if (c === QUOTE) i = this.#parseText(i + 1, field);
      else if (c === COMMA || c <= SPACE) return -Problem.missingFieldValue;
      else i = parseValue(line, i, length, field);
      if (i < 0) return i;

      if (i >= length) break;
      c = bytes[i]!;
      if (c === COMMA) {
        i++;
        continue;
      }
      if (c === SPACE || c === NEWLINE || c === RETURN) break;
      // A text over several lines and something behind it: probably the quote that ended it begins a text of a later line.
      const isOverLines = line.kind[field] === Kind.text && bytes.subarray(nameEnd, i).includes(NEWLINE);
      return isOverLines ? -Problem.unbalancedQuotes : -Problem.invalidField;
    }
    return parseTimestamp(line, i, length, unit, now);
  }

  /** Parses a text from behind its opening quote on; returns the position behind its closing quote. */
  #parseText(start: number, field: number): number {
    const { line } = this;
    const { bytes } = line;
    const length = this.#limit;
    let newline = -1;
    for (let i = start; i < length; i++) {
      const c = bytes[i]!;
      if (c === QUOTE) {
        line.kind[field] = Kind.text;
        line.valueStart[field] = start;
        line.valueEnd[field] = i;
        return i + 1;
      }
      if (c === BACKSLASH) i++;
      else if (c === NEWLINE && newline < 0) {
        newline = i;
        if (this.parsedTwice > MAX_REPARSED_BYTES) break;
      }
    }
    if (newline >= 0) this.parsedTwice += length - newline;
    const isWhole = newline < 0 || length === bytes.length;
    return isWhole ? -Problem.unbalancedQuotes : -Problem.unbalancedOrLong;
  }
}
