import { printable } from '../safety/printable.ts';

/** Where a value came from: it decides how the setting is named and the value is written in a message. */
export type Source = 'code' | 'environment';

const MAX_SHOWN = 61;

/** A value as a message may show it: short, on one line, and without running anything that belongs to it. */
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

/** Cuts long text and escapes whatever could break or reorder the line. */
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
