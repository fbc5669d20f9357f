import { COMMA, DOT, LETTER_I, LETTER_U, MINUS, NINE, PLUS, SPACE, ZERO } from './characters.ts';
import { decode, Kind, type Line } from './line.ts';
import { Problem } from './problems.ts';

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
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/**
 * Parses a value without quotes, a number or a boolean, into a field of `line`.
 *
 * @param length where the line ends at the latest
 * @returns where the value ends, or the negative number of a problem
 */
export function parseValue(line: Line, start: number, length: number, field: number): number {
  const { bytes } = line;
  let i = start;
  const negative = bytes[i] === MINUS;
  if (negative) i++;

  // `head` has the first 15 significant digits, which double precision represents exactly; `rest` has the next 4.
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
      const value = decimals === 0 ? head : head / POWERS_OF_TEN[decimals]!;
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
    const divisor = POWERS_OF_TEN[9 - extra]!;
    const high = Math.floor(head / divisor);
    const low = (head - high * divisor) * POWERS_OF_TEN[extra]! + rest;
    if (c === LETTER_I && (high > 9_223_372_036 || (high === 9_223_372_036 && low > 854_775_807))) {
      if (!(negative && high === 9_223_372_036 && low === 854_775_808)) return -Problem.invalidNumber;
    }
    line.high[field] = negative ? -high : high;
    line.low[field] = negative ? -low : low;
    const value = high * 1e9 + low;
    line.value[field] = negative ? -value : value;
    return after;
  }
  return parseRareValue(line, start, length, field);
}

/** Booleans, exponents and numbers of many digits. */
function parseRareValue(line: Line, start: number, length: number, field: number): number {
  const { bytes } = line;
  let end = start;
  while (end < length && bytes[end] !== COMMA && bytes[end]! > SPACE) end++;
  if (end - start > 400) return -Problem.invalidNumber;
  const text = decode(bytes.subarray(start, end));
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
