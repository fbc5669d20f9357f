import * as v from 'valibot';
import type { Kind } from './kind.ts';

/** At least one character, none of them a control character, a line separator or half a surrogate pair. */
export const PLAIN_TEXT: RegExp = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u;

export const plainText: v.GenericSchema<string, string> = v.pipe(
  v.string('to be text'),
  v.regex(PLAIN_TEXT, 'to be text, not empty, without line breaks or other control characters'),
);

/** Text for an address or a header. Line breaks are refused, because they could inject another header. */
export const name: Kind<string> = { fromCode: plainText, fromText: plainText };

export const secret: Kind<string> = { ...name, show: hide };

const withoutColon = v.pipe(
  plainText,
  v.excludes(':', 'to contain no colon, which separates it from the password'),
);
export const username: Kind<string> = { fromCode: withoutColon, fromText: withoutColon, show: hide };

const ascii = v.pipe(
  v.string('to be text'),
  v.regex(/^[ -~]+$/, 'to be ASCII text, not empty, without line breaks or other control characters'),
);
export const token: Kind<string> = { fromCode: ascii, fromText: ascii, show: hide };

const hardToGuess = v.pipe(
  v.string('to be text'),
  v.regex(/^[!-~]{16,512}$/, 'to be 16 to 512 ASCII characters without blanks'),
);
/** A secret that is all that keeps others out. */
export const longToken: Kind<string> = { fromCode: hardToGuess, fromText: hardToGuess, show: hide };

function hide(): string {
  return 'a value that is not shown, as it may be secret';
}

/** The most characters of a tag value. */
export const MAX_TAG_VALUE = 256;

const tooLong = `to be text of at most ${MAX_TAG_VALUE} characters`;
const short = v.pipe(v.string(tooLong), v.maxLength(MAX_TAG_VALUE, tooLong));
export const tagValue: Kind<string> = { fromCode: short, fromText: short };

const shortName = v.pipe(plainText, v.maxLength(MAX_TAG_VALUE, tooLong));
export const hostName: Kind<string> = { fromCode: shortName, fromText: shortName };

/** The items of a comma-separated list; empty ones are left out. */
export function splitList(text: string): string[] {
  return text.split(',').flatMap((item) => item.trim() || []);
}

/** A kind whose value is one of these words. */
export function oneOf<T extends string>(words: readonly T[]): Kind<T> {
  const word = v.picklist(words, `to be one of ${words.join(', ')}`);
  return { fromCode: word, fromText: v.pipe(v.string(), v.trim(), v.toLowerCase(), word) };
}
