/**
 * Escaping for line protocol, as InfluxDB 1.x, 2.x and 3.x read it alike.
 *
 * Two steps: `cleanTag` and `cleanText` replace what cannot be carried - their result is what a query shows - and
 * `escapeTag` and `escapeText` write that in line protocol.
 */

/** Longest tag value, in UTF-16 units. All tags of a point together stay far below the 64 KiB that InfluxDB allows. */
export const MAX_TAG_LENGTH = 512;

/** Longest string field, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 2048;

// Line feeds would end the line; other controls break readers, and the header in which InfluxDB 1.x quotes a bad line.
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;

// A backslash is kept by all where it precedes an ordinary character. Before a character that is escaped, before
// another backslash and at the end of a value, parsers disagree or lose the line.
const LOST_BACKSLASH = /\\(?=[,= \\]|$)/g;

/** What a tag value is stored as. May be empty: such a tag must be left out. */
export function cleanTag(value: string): string {
  return clean(value, MAX_TAG_LENGTH).replace(LOST_BACKSLASH, '/');
}

export function escapeTag(cleaned: string): string {
  return cleaned.replace(/[,= ]/g, '\\$&');
}

/** What a string field is stored as. */
export function cleanText(value: string): string {
  return clean(value, MAX_TEXT_LENGTH);
}

export function escapeText(cleaned: string): string {
  return cleaned.replace(/["\\]/g, '\\$&');
}

function clean(value: string, most: number): string {
  const short = value.length > most ? `${value.slice(0, most - 1)}…` : value;
  return short.toWellFormed().replace(CONTROLS, '\ufffd');
}
