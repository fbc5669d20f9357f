// Reads line protocol, as InfluxDB 1.x and 2.x take it, at about a million lines per second: one pass over the bytes,
// and nothing is allocated for a line that is right. `npm run bench:viewer` measures it.

/** Units of a timestamp, as `precision` names them: those of /write and those of /api/v2/write. */
const UNITS: Readonly<Record<string, bigint>> = {
  n: 1n,
  ns: 1n,
  u: 1_000n,
  us: 1_000n,
  µ: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds of a precision's unit; `undefined` if there is no such precision. */
export function unitOf(precision: string): bigint | undefined {
  return Object.hasOwn(UNITS, precision) ? UNITS[precision] : undefined;
}

/** The type of a field's value. */
export const Kind = { float: 0, integer: 1, text: 2, boolean: 3 } as const;

/** More fields of one point than this are checked, but not given on. */
const MOST_FIELDS = 128;

/** A longer line is refused. The texts of its fields are part of it. */
export const MOST_LINE_BYTES: number = 2 ** 20;
/** Measurement and tags of a line together, as in InfluxDB. */
export const MOST_KEY_BYTES = 65_535;
/** Tags of a line. */
export const MOST_TAGS = 256;

/** The point that was read last. All of it is overwritten by the next one; offsets are into `bytes`. */
export class Line {
  bytes: Uint8Array = new Uint8Array(0);
  /** Measurement and tags, as they are written: from `start` to `keyEnd`. */
  start = 0;
  keyEnd = 0;
  /** The same for the same key. */
  keyHash = 0;
  fields = 0;
  readonly nameStart: Int32Array = new Int32Array(MOST_FIELDS);
  readonly nameEnd: Int32Array = new Int32Array(MOST_FIELDS);
  readonly kind: Uint8Array = new Uint8Array(MOST_FIELDS);
  /** What is between the quotes, if the value is text. */
  readonly valueStart: Int32Array = new Int32Array(MOST_FIELDS);
  readonly valueEnd: Int32Array = new Int32Array(MOST_FIELDS);
  /** Numbers, rounded to what a number holds; booleans as 0 and 1. */
  readonly value: Float64Array = new Float64Array(MOST_FIELDS);
  /** Integers exactly: `high * 1e9 + low`, both of the same sign. */
  readonly high: Float64Array = new Float64Array(MOST_FIELDS);
  readonly low: Float64Array = new Float64Array(MOST_FIELDS);
  /** Time of the point: whole seconds since 1970, and the ns (0 to 999 999 999) after them. */
  seconds = 0;
  nanoseconds = 0;
}

/** What became of a body. */
export interface Scanned {
  /** Lines that are points and were taken. */
  readonly taken: number;
  readonly refused: number;
  /** Why lines were refused, in InfluxDB's words: the first few. */
  readonly problems: readonly string[];
}

const MOST_PROBLEMS = 10;
const LONGEST_QUOTED_LINE = 200;

/** So many bytes of a body may be read twice, because a quote that is not closed swallowed the lines after it. */
const MOST_READ_TWICE = 2 ** 20;

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const EQUALS = 61;
const BACKSLASH = 92;
const LETTER_I = 105;
const LETTER_U = 117;

/** What is no UTF-8 becomes U+FFFD, as it does in the answers of InfluxDB; nothing else is changed. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const BOOLEANS: Readonly<Record<string, number>> = {
  t: 1,
  T: 1,
  true: 1,
  True: 1,
  TRUE: 1,
  f: 0,
  F: 0,
  false: 0,
  False: 0,
  FALSE: 0,
};
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const LARGEST_TIME = 9_223_372_036_854_775_806n;

/** Sees each point of a body; returns why it cannot be taken, or nothing. */
export type OnLine = (line: Line) => string | undefined;

/** Lines, and bytes, that are read before the clock is looked at again. */
const LINES_AT_ONCE = 64;
const BYTES_AT_ONCE = 2 ** 16;

/** Reads bodies, also several of them in turns. */
export class LineScanner {
  readonly #reader = new LineReader();

  /**
   * Gives each point of `bytes` to `onLine`. A line that cannot be read is counted and left out.
   *
   * @param unit ns of a timestamp's unit, see {@link unitOf}
   * @param now the time of points without a timestamp, ns since 1970
   */
  scan(bytes: Uint8Array, unit: bigint, now: bigint, onLine: OnLine): Scanned {
    const scan = this.begin(bytes, unit, now);
    scan.step(onLine, () => false);
    return scan;
  }

  /** The same, in steps. */
  begin(bytes: Uint8Array, unit: bigint, now: bigint): BodyScan {
    return new BodyScan(this.#reader, bytes, unit, now);
  }
}

/** A body, and how far it has been read. */
export class BodyScan implements Scanned {
  readonly problems: string[] = [];
  taken = 0;
  refused = 0;
  readonly #reader: LineReader;
  readonly #bytes: Uint8Array;
  readonly #unit: bigint;
  readonly #now: bigint;
  #at = 0;
  #readTwice = 0;

  constructor(reader: LineReader, bytes: Uint8Array, unit: bigint, now: bigint) {
    this.#reader = reader;
    this.#bytes = bytes;
    this.#unit = unit;
    this.#now = now;
  }

  /** Reads on, until `isOver` says that it is enough for now; returns whether the body has been read to its end. */
  step(onLine: OnLine, isOver: () => boolean): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    const reader = this.#reader;
    reader.open(bytes, this.#readTwice);
    do this.#read(reader, onLine, Math.min(length, this.#at + BYTES_AT_ONCE));
    while (this.#at < length && !isOver());
    this.#readTwice = reader.readTwice;
    reader.open(NOTHING, 0);
    return this.#at >= length;
  }

  /** Reads the lines that begin before `until`, some of them at most. */
  #read(reader: LineReader, onLine: OnLine, until: number): void {
    const bytes = this.#bytes;
    const unit = this.#unit;
    const now = this.#now;
    const { line } = reader;
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
      const end = reader.read(at, unit, now);
      const problem = end < 0 ? PROBLEMS[-end]! : onLine(line);
      if (problem === undefined) {
        this.taken++;
        at = end;
        continue;
      }
      // What follows is read as lines of their own, also when a quote that is not closed had made it part of this one.
      const next = endOfLine(bytes, at);
      this.#refuse(at, next, problem);
      at = next;
    }
    this.#at = at;
  }

  #refuse(start: number, end: number, problem: string): void {
    this.refused++;
    if (this.problems.length >= MOST_PROBLEMS) return;
    const reason =
      end - start > MOST_LINE_BYTES ? `the line has more than ${MOST_LINE_BYTES} bytes` : problem;
    this.problems.push(`unable to parse '${quote(this.#bytes, start, end)}': ${reason}`);
  }
}

/** Reads lines, one at a time, into one {@link Line}. */
class LineReader {
  readonly line: Line = new Line();
  readTwice = 0;
  /** No line is read beyond that. */
  #limit = 0;

  /** The body that is read from now on. */
  open(bytes: Uint8Array, readTwice: number): void {
    this.line.bytes = bytes;
    this.readTwice = readTwice;
  }

  /** Reads the line at `at`; returns where it ends, or the negative number of a problem. */
  read(at: number, unit: bigint, now: bigint): number {
    const { line } = this;
    const { bytes } = line;
    // A line that goes on beyond its limit ends there for what follows, where no line can end: it is refused.
    const length = Math.min(bytes.length, at + MOST_LINE_BYTES);
    this.#limit = length;
    line.start = at;
    let i = at;

    // The key is only hashed here: most keys have been seen before. A backslash before a space makes it part of the key.
    let hash = 0;
    let before = COMMA;
    const mostKey = Math.min(length, at + MOST_KEY_BYTES + 1);
    for (; i < mostKey; i++) {
      const c = bytes[i]!;
      if (c <= SPACE) {
        if (c === NEWLINE) break;
        if (c === SPACE && before !== BACKSLASH) break;
      }
      hash = (Math.imul(hash, 31) + c) | 0;
      before = c;
    }
    if (i - at > MOST_KEY_BYTES) return -Problem.keyTooLong;
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
      const field = line.fields < MOST_FIELDS ? line.fields++ : MOST_FIELDS - 1;
      line.nameStart[field] = nameStart;
      line.nameEnd[field] = nameEnd;

      if (i >= length) return -Problem.missingFieldValue;
      c = bytes[i]!;
      if (c === QUOTE) i = this.#text(bytes, i + 1, field);
      else if (c === COMMA || c <= SPACE) return -Problem.missingFieldValue;
      else i = this.#plain(bytes, i, field);
      if (i < 0) return i;

      if (i >= length) break;
      c = bytes[i]!;
      if (c === COMMA) {
        i++;
        continue;
      }
      if (c === SPACE || c === NEWLINE || c === RETURN) break;
      // Most likely that quote began a text of a later line.
      const isOverLines = line.kind[field] === Kind.text && bytes.subarray(nameEnd, i).includes(NEWLINE);
      return isOverLines ? -Problem.unbalancedQuotes : -Problem.invalidField;
    }
    return this.#time(bytes, i, unit, now);
  }

  /** The text from behind its first quote on; returns the place behind its last one. */
  #text(bytes: Uint8Array, start: number, field: number): number {
    const { line } = this;
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
        if (this.readTwice > MOST_READ_TWICE) break;
      }
    }
    if (newline >= 0) this.readTwice += length - newline;
    const isWhole = newline < 0 || length === bytes.length;
    return isWhole ? -Problem.unbalancedQuotes : -Problem.unbalancedOrLong;
  }

  /** A value without quotes: a number or a boolean. */
  #plain(bytes: Uint8Array, start: number, field: number): number {
    const { line } = this;
    const length = this.#limit;
    let i = start;
    const negative = bytes[i] === MINUS;
    if (negative) i++;

    // The first 15 significant digits, which a number holds exactly, and up to 4 more for integers.
    let head = 0;
    let rest = 0;
    let digits = 0;
    let fraction = -1;
    const firstDigit = i;
    let c = 0;
    for (; i < length; i++) {
      c = bytes[i]!;
      if (c >= ZERO && c <= NINE) {
        if (digits < 15) head = head * 10 + (c - ZERO);
        else if (digits < 19) rest = rest * 10 + (c - ZERO);
        if (digits > 0 || c !== ZERO) digits++;
      } else if (c === DOT && fraction < 0) {
        fraction = i + 1;
      } else break;
    }
    const isEnd = i >= length || c === COMMA || c <= SPACE;
    if (isEnd && digits <= 15 && i > firstDigit) {
      const decimals = fraction < 0 ? 0 : i - fraction;
      if (decimals <= 22 && (fraction < 0 || i - firstDigit > 1)) {
        line.kind[field] = Kind.float;
        const value = decimals === 0 ? head : head / POWERS[decimals]!;
        line.value[field] = negative ? -value : value;
        return i;
      }
    }
    if ((c === LETTER_I || c === LETTER_U) && i < length && fraction < 0 && i > firstDigit) {
      const after = i + 1;
      if (after < length && bytes[after] !== COMMA && bytes[after]! > SPACE) return -Problem.invalidNumber;
      if (digits > 19 || (negative && c === LETTER_U)) return -Problem.invalidNumber;
      line.kind[field] = Kind.integer;
      const extra = Math.max(0, digits - 15);
      const divisor = POWERS[9 - extra]!;
      const high = Math.floor(head / divisor);
      const low = (head - high * divisor) * POWERS[extra]! + rest;
      if (c === LETTER_I && (high > 9_223_372_036 || (high === 9_223_372_036 && low > 854_775_807))) {
        if (!(negative && high === 9_223_372_036 && low === 854_775_808)) return -Problem.invalidNumber;
      }
      line.high[field] = negative ? -high : high;
      line.low[field] = negative ? -low : low;
      const value = high * 1e9 + low;
      line.value[field] = negative ? -value : value;
      return after;
    }
    return this.#rare(bytes, start, field);
  }

  /** Booleans, exponents and numbers of many digits. */
  #rare(bytes: Uint8Array, start: number, field: number): number {
    const { line } = this;
    let end = start;
    while (end < this.#limit && bytes[end] !== COMMA && bytes[end]! > SPACE) end++;
    if (end - start > 400) return -Problem.invalidNumber;
    const text = decoder.decode(bytes.subarray(start, end));
    if (Object.hasOwn(BOOLEANS, text)) {
      line.kind[field] = Kind.boolean;
      line.value[field] = BOOLEANS[text]!;
      return end;
    }
    const value = Number(text);
    if (!FLOAT.test(text) || !Number.isFinite(value)) {
      const first = bytes[start]!;
      const mayBeNumber = (first >= ZERO && first <= NINE) || [PLUS, MINUS, DOT].includes(first);
      return mayBeNumber ? -Problem.invalidNumber : -Problem.invalidBoolean;
    }
    line.kind[field] = Kind.float;
    line.value[field] = value;
    return end;
  }

  /** The timestamp, if there is one, and the end of the line. */
  #time(bytes: Uint8Array, at: number, unit: bigint, now: bigint): number {
    const { line } = this;
    const length = this.#limit;
    let i = at;
    while (i < length && bytes[i] === SPACE) i++;
    if (i >= length || bytes[i] === NEWLINE || bytes[i] === RETURN) {
      setTime(line, now);
      return endsLine(bytes, i) ? i : -Problem.badTimestamp;
    }
    const start = i;
    const negative = bytes[i] === MINUS;
    if (negative) i++;
    let head = 0;
    let rest = 0;
    let digits = 0;
    const firstDigit = i;
    for (; i < length; i++) {
      const c = bytes[i]!;
      if (c < ZERO || c > NINE) break;
      if (digits < 15) head = head * 10 + (c - ZERO);
      else if (digits < 19) rest = rest * 10 + (c - ZERO);
      if (digits > 0 || c !== ZERO) digits++;
    }
    if (i === firstDigit) return -Problem.badTimestamp;
    const digitsEnd = i;
    while (i < length && bytes[i] === SPACE) i++;
    if (!endsLine(bytes, i)) return -Problem.badTimestamp;
    if (digits > 19) return -Problem.timeRange;
    if (unit === 1n && !negative && digits < 19) {
      const extra = Math.max(0, digits - 15);
      const divisor = POWERS[9 - extra]!;
      line.seconds = Math.floor(head / divisor);
      line.nanoseconds = (head - line.seconds * divisor) * POWERS[extra]! + rest;
      return i;
    }
    if (unit === 1n && !negative && head < 922_337_203_685_477) {
      line.seconds = Math.floor(head / 1e5);
      line.nanoseconds = (head - line.seconds * 1e5) * 1e4 + rest;
      return i;
    }
    const time = BigInt(decoder.decode(bytes.subarray(start, digitsEnd))) * unit;
    if (time > LARGEST_TIME || time < -LARGEST_TIME) return -Problem.timeRange;
    setTime(line, time);
    return i;
  }
}

const NOTHING = new Uint8Array(0);

const Problem = {
  missingFields: 1,
  invalidField: 2,
  missingFieldKey: 3,
  missingFieldValue: 4,
  invalidNumber: 5,
  invalidBoolean: 6,
  unbalancedQuotes: 7,
  badTimestamp: 8,
  timeRange: 9,
  keyTooLong: 10,
  unbalancedOrLong: 11,
} as const;

const PROBLEMS = [
  '',
  'missing fields',
  'invalid field format',
  'missing field key',
  'missing field value',
  'invalid number',
  'invalid boolean',
  'unbalanced quotes',
  'bad timestamp',
  `time outside range -${LARGEST_TIME} - ${LARGEST_TIME}`,
  `measurement and tags have more than ${MOST_KEY_BYTES} bytes`,
  `unbalanced quotes, or a line of more than ${MOST_LINE_BYTES} bytes`,
];

function setTime(line: Line, ns: bigint): void {
  const rest = ns % 1_000_000_000n;
  const seconds = (ns - rest) / 1_000_000_000n;
  line.seconds = Number(rest < 0n ? seconds - 1n : seconds);
  line.nanoseconds = Number(rest < 0n ? rest + 1_000_000_000n : rest);
}

function endsLine(bytes: Uint8Array, at: number): boolean {
  if (at >= bytes.length || bytes[at] === NEWLINE) return true;
  return bytes[at] === RETURN && (at + 1 >= bytes.length || bytes[at + 1] === NEWLINE);
}

function endOfLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(NEWLINE, at);
  return end < 0 ? bytes.length : end;
}

function quote(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + LONGEST_QUOTED_LINE))).trimEnd();
  return end - start > LONGEST_QUOTED_LINE ? `${text}…` : text;
}

/** Time of a point, ms since 1970. */
export function milliseconds(line: Line): number {
  return line.seconds * 1e3 + line.nanoseconds / 1e6;
}

/** A measurement and its tags. */
export interface Key {
  readonly measurement: string;
  /** In the order of the line. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

/** Reads what stands before a line's first space; returns the reason where that is no key, in InfluxDB's words. */
export function parseKey(bytes: Uint8Array): Key | string {
  const text = decoder.decode(bytes);
  const { length } = text;
  let end = endOfPart(text, 0, COMMA, COMMA);
  if (end === 0) return 'missing measurement';
  const measurement = unescapeKey(text.slice(0, end));
  const tags: [string, string][] = [];
  while (end < length) {
    if (tags.length >= MOST_TAGS) return `more than ${MOST_TAGS} tags`;
    const start = end + 1;
    const equals = endOfPart(text, start, EQUALS, COMMA);
    if (equals === start) return 'missing tag key';
    if (equals >= length || text.charCodeAt(equals) === COMMA) return 'missing tag value';
    end = endOfPart(text, equals + 1, COMMA, EQUALS);
    if (end === equals + 1) return 'missing tag value';
    if (end < length && text.charCodeAt(end) === EQUALS) return 'invalid tag format';
    const name = unescapeKey(text.slice(start, equals));
    for (const [known] of tags) if (known === name) return 'duplicate tags';
    tags.push([name, unescapeKey(text.slice(equals + 1, end))]);
  }
  return { measurement, tags };
}

/** Where the next of two characters is that no backslash stands before, or the end. */
function endOfPart(text: string, start: number, one: number, other: number): number {
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if ((c === one || c === other) && (at === 0 || text.charCodeAt(at - 1) !== BACKSLASH)) return at;
  }
  return text.length;
}

function unescapeKey(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}

/** The name of a field. */
export function fieldName(line: Line, field: number): string {
  return unescapeKey(decoder.decode(line.bytes.subarray(line.nameStart[field], line.nameEnd[field])));
}

/** The text of a field. */
export function fieldText(line: Line, field: number): string {
  const text = decoder.decode(line.bytes.subarray(line.valueStart[field], line.valueEnd[field]));
  return text.includes('\\') ? text.replace(/\\(["\\])/g, '$1') : text;
}
