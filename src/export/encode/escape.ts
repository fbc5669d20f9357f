/**
 * Escaping for line protocol, for InfluxDB 1.x, 2.x and 3.x alike.
 *
 * There are two steps: `cleanTag` and `cleanText` replace characters that line protocol cannot represent, and return
 * the text that queries will show. `escapeTag` and `escapeText` escape that text.
 */

/** The most UTF-16 units of a tag value. All tags of a point together stay far below InfluxDB's limit of 64 KiB. */
export const MAX_TAG_LENGTH = 512;

/** The most UTF-16 units of a string field. */
export const MAX_TEXT_LENGTH = 2048;

// Line feeds would end the line. Other control characters break parsers, and the header in which InfluxDB 1.x quotes
// an invalid line.
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;

// All parsers keep a backslash before an ordinary character. Before an escaped character, before another backslash
// and at the end of a value, parsers disagree or lose the line.
const LOST_BACKSLASH = /\\(?=[,= \\]|$)/g;

/** The value of a tag as it is stored. A tag whose value is empty must be left out. */
export function cleanTag(value: string): string {
  return clean(value, MAX_TAG_LENGTH).replace(LOST_BACKSLASH, '/');
}

export function escapeTag(cleaned: string): string {
  return cleaned.replace(/[,= ]/g, '\\$&');
}

/** The value of a string field as it is stored. */
export function cleanText(value: string): string {
  return clean(value, MAX_TEXT_LENGTH);
}

export function escapeText(cleaned: string): string {
  return cleaned.replace(/["\\]/g, '\\$&');
}

function clean(value: string, maxLength: number): string {
  const short = value.length > maxLength ? `${value.slice(0, maxLength - 1)}…` : value;
  return short.toWellFormed().replace(CONTROLS, '\ufffd');
}
