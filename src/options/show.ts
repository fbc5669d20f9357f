import { printable } from '../safety/printable.ts';

/** The source of a value. It decides how messages write the setting and its value. */
export type Source = 'code' | 'environment';

const MAX_SHOWN = 61;

/** Formats a value for a message: short and on one line. It does not call methods of the value. */
export function show(value: unknown, source: Source): string {
  switch (typeof value) {
    case 'string':
      return source === 'code' ? `\`"${showText(value)}"\`` : `\`${showText(value)}\``;
    case 'number':
    case 'boolean':
    case 'undefined':
      return `\`${value}\``;
    default:
      return kindOf(value);
  }
}

/** Cuts long text, and escapes characters that could break or reorder the line. */
export function showText(text: string): string {
  return printable(text, MAX_SHOWN);
}

/** What a value is, in words: `an array`, `null`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return `\`${value}\``;
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    return Array.isArray(value) ? 'an array' : 'an object';
  } catch {
    return 'an object'; // a revoked proxy
  }
}
