import { HASH, NEWLINE, RETURN, SPACE, TAB } from './characters.ts';
import { MAX_LINE_BYTES } from './limits.ts';
import { decode, type Line } from './line.ts';
import { LineParser } from './line-parser.ts';
import { PROBLEMS } from './problems.ts';

/** What became of the lines of a body. */
export interface ParseResult {
  readonly accepted: number;
  readonly refused: number;
  /** The reasons of the first refused lines, in InfluxDB's words. */
  readonly problems: readonly string[];
}

const MAX_PROBLEMS = 10;
const MAX_QUOTED_BYTES = 200;

/** Called for each parsed line. Returns the reason if the line is not accepted. */
export type OnLine = (line: Line) => string | undefined;

/** Lines, and bytes, between two checks of the clock. */
const LINES_AT_ONCE = 64;
const BYTES_AT_ONCE = 2 ** 16;

const NOTHING = new Uint8Array(0);

/** Parses bodies of line protocol, also several of them in turns. */
export class LineProtocolParser {
  readonly #parser = new LineParser();

  /**
   * Calls `onLine` for each line of a body. Invalid lines are counted and skipped.
   *
   * @param unit ns of a timestamp's unit, see `unitOf`
   * @param now the timestamp of lines without one, ns since 1970
   */
  parse(bytes: Uint8Array, unit: bigint, now: bigint, onLine: OnLine): ParseResult {
    const body = this.begin(bytes, unit, now);
    body.step(onLine, () => false);
    return body;
  }

  /** Parses a body in steps. */
  begin(bytes: Uint8Array, unit: bigint, now: bigint): BodyParser {
    return new BodyParser(this.#parser, bytes, unit, now);
  }
}

/** A body that is parsed in steps. */
export class BodyParser implements ParseResult {
  readonly problems: string[] = [];
  accepted = 0;
  refused = 0;
  readonly #parser: LineParser;
  readonly #bytes: Uint8Array;
  readonly #unit: bigint;
  readonly #now: bigint;
  #at = 0;
  #parsedTwice = 0;

  constructor(parser: LineParser, bytes: Uint8Array, unit: bigint, now: bigint) {
    this.#parser = parser;
    this.#bytes = bytes;
    this.#unit = unit;
    this.#now = now;
  }

  /** Parses lines until `shouldYield` returns true. Returns whether the body has been parsed to its end. */
  step(onLine: OnLine, shouldYield: () => boolean): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    const parser = this.#parser;
    parser.open(bytes, this.#parsedTwice);
    do this.#read(parser, onLine, Math.min(length, this.#at + BYTES_AT_ONCE));
    while (this.#at < length && !shouldYield());
    this.#parsedTwice = parser.parsedTwice;
    parser.open(NOTHING, 0);
    return this.#at >= length;
  }

  /** Parses some of the lines that begin before `until`. */
  #read(parser: LineParser, onLine: OnLine, until: number): void {
    const bytes = this.#bytes;
    const unit = this.#unit;
    const now = this.#now;
    const { line } = parser;
    let at = this.#at;
    let lines = 0;
    while (at < until && lines < LINES_AT_ONCE) {
      const first = bytes[at]!;
      if (first === NEWLINE || first === RETURN || first === SPACE || first === TAB) {
        at++;
        continue;
      }
      lines++;
      if (first === HASH) {
        at = endOfLine(bytes, at);
        continue;
      }
      const end = parser.parse(at, unit, now);
      const problem = end < 0 ? PROBLEMS[-end]! : onLine(line);
      if (problem === undefined) {
        this.accepted++;
        at = end;
        continue;
      }
      // The next physical line is parsed on its own, even if an unclosed quote had made it part of this one.
      const next = endOfLine(bytes, at);
      this.#refuse(at, next, problem);
      at = next;
    }
    this.#at = at;
  }

  #refuse(start: number, end: number, problem: string): void {
    this.refused++;
    if (this.problems.length >= MAX_PROBLEMS) return;
    const reason = end - start > MAX_LINE_BYTES ? `the line has more than ${MAX_LINE_BYTES} bytes` : problem;
    this.problems.push(`unable to parse '${quote(this.#bytes, start, end)}': ${reason}`);
  }
}

function endOfLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(NEWLINE, at);
  return end < 0 ? bytes.length : end;
}

function quote(bytes: Uint8Array, start: number, end: number): string {
  const text = decode(bytes.subarray(start, Math.min(end, start + MAX_QUOTED_BYTES))).trimEnd();
  return end - start > MAX_QUOTED_BYTES ? `${text}…` : text;
}
