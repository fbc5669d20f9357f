/**
 * Foreign text is text from a request, a function option, a database or a file. If it is kept for longer than a call,
 * it is copied by these functions.
 */

/** V8 represents slices of at least this length as views on the string that they were taken from. */
const MIN_VIEW_LENGTH = 13;

/** The most characters of JSON that {@link textOf} returns. */
const MAX_JSON_LENGTH = 4096;

/**
 * A copy of a text, with memory of its own: at most `maxLength` UTF-16 units, well-formed.
 *
 * V8 represents a slice, a group of a regular expression or a part of `split` as a view on its parent string, and a
 * concatenation as a view on its parts, so 24 characters can keep megabytes in memory. A conversion to bytes and back
 * makes a flat string; a lone surrogate becomes U+FFFD. It takes 0.2 us, so copy a text only when it is new.
 */
export function copyOf(text: string, maxLength: number): string {
  const short = cut(text, maxLength);
  return short.length < MIN_VIEW_LENGTH ? short.toWellFormed() : Buffer.from(short).toString();
}

/** Cuts a text to `maxLength` UTF-16 units, of which the last is `…`. The result is not a copy. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 2);
  const isHalf = last >= 0xd800 && last < 0xdc00;
  return `${text.slice(0, isHalf ? maxLength - 2 : maxLength - 1)}…`;
}

/**
 * The text of a value of unknown type, such as a part of a server's answer: its JSON if it is an object. It calls only
 * `toJSON` and getters of the value. It never throws, also not for objects that `String()` cannot convert, such as
 * `{"toString":1}` or deeply nested arrays.
 */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return '';
      try {
        return cut(JSON.stringify(value) ?? '', MAX_JSON_LENGTH);
      } catch {
        return 'an object';
      }
    default:
      return '';
  }
}
