import { copyOf } from './foreign-text.ts';
import { redact } from './redact.ts';

/** The most UTF-16 units of a text that are read where less than half of it is shown: to redact 1 MiB can take a second. */
const MAX_READ = 2 ** 15;
/** If a text is cut, this much at the end is not shown, because a cut secret is not recognized. */
const MAX_SECRET_LENGTH = 2 ** 14;

/** The default limit for text of several lines. */
const MAX_TEXT_LENGTH = 2 ** 20;

/** The default limit for a foreign sentence in a line. */
const MAX_SENTENCE_LENGTH = 300;

/**
 * Characters that move the cursor, change the state of a terminal, reorder characters, are invisible or unassigned:
 * control characters of C0 and C1 such as ESC, bidirectional marks, zero-width characters, line and paragraph
 * separators, lone surrogates, private-use and unassigned code points.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes foreign text safe for a terminal or a log, for names and values: on one line, with secrets covered, and with
 * unprintable characters as JavaScript escapes such as `\x1b` or `\u202e`. The result is a copy.
 */
export function printable(text: string, maxLength: number = MAX_SENTENCE_LENGTH): string {
  return copyOf(withEscapes(covered(text, maxLength)), maxLength);
}

/** The same for a sentence, such as an error message. White space is trimmed, and line breaks and tabs become blanks. */
export function oneLine(text: string, maxLength: number = MAX_SENTENCE_LENGTH): string {
  return copyOf(withEscapes(covered(text, maxLength).trim().replace(/\s+/g, ' ')), maxLength);
}

/** The same for text of several lines, such as a stack. Line feeds are kept. */
export function manyLines(text: string, maxLength: number = MAX_TEXT_LENGTH): string {
  return copyOf(escapeLines(covered(text, maxLength)), maxLength);
}

/** Escapes unprintable characters, but does not cover secrets: for output that has to contain one. Line feeds are kept. */
export function escapeLines(text: string): string {
  return text.split('\n').map(withEscapes).join('\n');
}

/** JSON of a value, with secrets covered and unprintable characters as JSON escapes. */
export function printableJson(value: unknown, indent?: number): string {
  const replacer = (_name: string, part: unknown) => (typeof part === 'string' ? redact(part) : part);
  return escapeJson(JSON.stringify(value, replacer, indent));
}

function escapeJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return character; // between values; within strings it is escaped already
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** Covers secrets. Has to be the first step, because secrets that were cut or escaped are not recognized. */
function covered(text: string, shown: number): string {
  const read = Math.max(MAX_READ, 2 * shown);
  return text.length > read ? redact(text.slice(0, read)).slice(0, -MAX_SECRET_LENGTH) : redact(text);
}

function withEscapes(text: string): string {
  return text.replace(UNPRINTABLE, escapeOf);
}

function escapeOf(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
  }
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
