import { BACKSLASH, COMMA, EQUALS } from './characters.ts';
import { MAX_TAGS } from './limits.ts';
import { decode, unescapeName } from './line.ts';

/** A measurement and its tags. */
export interface Key {
  readonly measurement: string;
  /** In the order of the line. Substrings of the line: copy what is kept. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

/** Parses the part of a line before the first space. Returns the reason, in InfluxDB's words, if it is not valid. */
export function parseKey(bytes: Uint8Array): Key | string {
  const text = decode(bytes);
  const { length } = text;
  let end = endOfPart(text, 0, COMMA, COMMA);
  if (end === 0) return 'missing measurement';
  const measurement = unescapeName(text.slice(0, end));
  const tags: [string, string][] = [];
  while (end < length) {
    if (tags.length >= MAX_TAGS) return `more than ${MAX_TAGS} tags`;
    const start = end + 1;
    const equals = endOfPart(text, start, EQUALS, COMMA);
    if (equals === start) return 'missing tag key';
    if (equals >= length || text.charCodeAt(equals) === COMMA) return 'missing tag value';
    end = endOfPart(text, equals + 1, COMMA, EQUALS);
    if (end === equals + 1) return 'missing tag value';
    if (end < length && text.charCodeAt(end) === EQUALS) return 'invalid tag format';
    const name = unescapeName(text.slice(start, equals));
    for (const [known] of tags) if (known === name) return 'duplicate tags';
    tags.push([name, unescapeName(text.slice(equals + 1, end))]);
  }
  return { measurement, tags };
}

/** Position of the next of two characters that is not escaped by a backslash, or the length of the text. */
function endOfPart(text: string, start: number, one: number, other: number): number {
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if ((c === one || c === other) && (at === 0 || text.charCodeAt(at - 1) !== BACKSLASH)) return at;
  }
  return text.length;
}
