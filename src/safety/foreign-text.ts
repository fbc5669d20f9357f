/**
 * Foreign text: whatever comes from a request, a hook of the application, a database or a file. What is kept of it for
 * longer than a call is an own copy, made here.
 */

/** V8 makes slices of this length and more views on the string that they were taken from. */
const SMALLEST_VIEW = 13;

/** Characters that {@link textOf} writes of what is no text. */
const LONGEST_JSON = 4096;

/**
 * A copy of a text that holds no other memory than its own: at most `most` UTF-16 units, well-formed.
 *
 * To V8 a slice, a group of a regular expression or a piece of `split` is a view on its parent string, and text that
 * was put together is a view on its parts: 24 characters can keep megabytes. A way through bytes makes them one string
 * of their own; half a surrogate pair becomes U+FFFD on it. It costs 0.2 us: look a text up first, and copy it when it
 * is new.
 */
export function copyOf(text: string, most: number): string {
  const short = cut(text, most);
  return short.length < SMALLEST_VIEW ? short.toWellFormed() : Buffer.from(short).toString();
}

/** The beginning of a text, and `…` in place of what is more than `most` UTF-16 units. Not a copy. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 2);
  const isHalf = last >= 0xd800 && last < 0xdc00;
  return `${text.slice(0, isHalf ? most - 2 : most - 1)}…`;
}

/**
 * What a value of unknown kind is as text, such as a part of what a server answered. It runs nothing that belongs to
 * the value but `toJSON` and getters, and never throws: what JSON can make, `{"toString":1}` or arrays in arrays
 * without end, has no text of its own.
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
        return cut(JSON.stringify(value) ?? '', LONGEST_JSON);
      } catch {
        return 'an object';
      }
    default:
      return '';
  }
}
