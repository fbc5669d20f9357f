import fc from 'fast-check';

/**
 * Characters that control a terminal, reorder text or are invisible: controls, bidirectional marks, zero width,
 * separators.
 */
export const UNPRINTABLE: string = [
  '\0\x07\b\t\n\v\f\r\x1b\x7f\x80\x85\x9b\x9d', // C0 and C1
  '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069', // bidi
  '\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff\u034f\u115f\u3164\uffa0\ufe0f\u{e0041}', // invisible
  '\u2028\u2029\ufdd0\ufffe\ue000', // separators, noncharacters, private use
].join('');

const unit = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abz09 /?=&:,;"\'\\%+-_{}<>|') },
  { weight: 3, arbitrary: fc.constantFrom(...UNPRINTABLE) },
  { weight: 2, arbitrary: fc.constantFrom('\x1b[2J', '\x1b[31m', '\x1b]0;', '\r\n', '😀', 'é', '…') },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) },
);

/** Any text, mostly hostile, with lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc.array(unit, { maxLength: 60 }).map((units) => units.join(''));
