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

const decoder = new TextDecoder();
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

/** Reads bodies, one after the other. */
export class LineScanner {
  readonly #line = new Line();
  #readTwice = 0;

  /**
   * Gives each point of `bytes` to `onLine`. A line that cannot be read is counted and left out.
   *
   * @param unit ns of a timestamp's unit, see {@link unitOf}
   * @param now the time of points without a timestamp, ns since 1970
   */
  scan(bytes: Uint8Array, unit: bigint, now: bigint, onLine: OnLine): Scanned {
    const line = this.#line;
    const { length } = bytes;
    const problems: string[] = [];
    let taken = 0;
    let refused = 0;
    line.bytes = bytes;
    this.#readTwice = 0;

    for (let at = 0; at < length; ) {
      const first = bytes[at]!;
      if (first === NEWLINE || first === RETURN || first === SPACE || first === TAB) {
        at++;
        continue;
      }
      if (first === HASH) {
        at = endOfLine(bytes, at);
        continue;
      }
      line.start = at;
      const end = this.#read(bytes, at, unit, now);
      const problem = end < 0 ? PROBLEMS[-end]! : onLine(line);
      if (problem === undefined) {
        taken++;
        at = end;
        continue;
      }
      // What follows is read as lines of their own, also when a quote that is not closed had made it part of this one.
      const next = endOfLine(bytes, at);
      refused++;
      if (problems.length < MOST_PROBLEMS) {
        problems.push(`unable to parse '${quote(bytes, at, next)}': ${problem}`);
      }
      at = next;
    }
    line.bytes = NOTHING;
    return { taken, refused, problems };
  }

  /** Reads the line at `at`; returns where it ends, or the negative number of a problem. */
  #read(bytes: Uint8Array, at: number, unit: bigint, now: bigint): number {
    const line = this.#line;
    const { length } = bytes;
    let i = at;

    // The key is only hashed here: most keys have been seen before. A backslash before a space makes it part of the key.
    let hash = 0;
    let before = COMMA;
    for (; i < length; i++) {
      const c = bytes[i]!;
      if (c <= SPACE) {
        if (c === NEWLINE) break;
        if (c === SPACE && before !== BACKSLASH) break;
      }
      hash = (Math.imul(hash, 31) + c) | 0;
      before = c;
    }
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
    const line = this.#line;
    const { length } = bytes;
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
        if (this.#readTwice > MOST_READ_TWICE) break;
      }
    }
    if (newline >= 0) this.#readTwice += length - newline;
    return -Problem.unbalancedQuotes;
  }

  /** A value without quotes: a number or a boolean. */
  #plain(bytes: Uint8Array, start: number, field: number): number {
    const line = this.#line;
    const { length } = bytes;
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
    const line = this.#line;
    let end = start;
    while (end < bytes.length && bytes[end] !== COMMA && bytes[end]! > SPACE) end++;
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
    const line = this.#line;
    const { length } = bytes;
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

/** A measurement and its tags. */
export interface Key {
  readonly measurement: string;
  /** In the order of the line. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

/** Reads what stands before a line's first space; returns the reason where that is no key, in InfluxDB's words. */
export function parseKey(bytes: Uint8Array): Key | string {
  const [measurement = '', ...pairs] = splitAt(decoder.decode(bytes), ',');
  if (measurement === '') return 'missing measurement';
  const tags: [string, string][] = [];
  const seen = new Set<string>();
  for (const pair of pairs) {
    const [name = '', value, ...more] = splitAt(pair, '=');
    if (name === '') return 'missing tag key';
    if (value === undefined || value === '') return 'missing tag value';
    if (more.length > 0) return 'invalid tag format';
    if (seen.has(name)) return 'duplicate tags';
    seen.add(name);
    tags.push([unescapeKey(name), unescapeKey(value)]);
  }
  return { measurement: unescapeKey(measurement), tags };
}

/** Splits at a character that no backslash stands before. */
function splitAt(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    if (text[at - 1] === '\\') continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts;
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
