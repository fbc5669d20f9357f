import { copyOf } from './foreign-text.ts';
import { redact } from './redact.ts';

/** UTF-16 units of a text that are looked at; of a longer one, what may be the first part of a secret goes as well. */
const MOST_READ = 2 ** 20;
const LONGEST_SECRET = 2 ** 16;

/** What a sentence of somebody else may take of a line. */
const LONGEST_SENTENCE = 300;

/**
 * What moves the cursor, changes how a terminal shows what follows, turns the order of characters around, cannot be
 * seen, or means nothing: controls of C0 and C1 with ESC among them, bidirectional marks, characters without width,
 * line and paragraph separators, halves of surrogate pairs, private and unassigned code points.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A foreign text as a terminal or a log may show it, for names and values: on one line, with secrets covered, and with
 * what is not printable as the escapes of JavaScript, `\x1b` or `\u202e`. What is returned is an own copy.
 */
export function printable(text: string, most: number = LONGEST_SENTENCE): string {
  return copyOf(withEscapes(safe(text)), most);
}

/** The same for a sentence, such as an error message: line breaks and tabs are blanks, and there are none around it. */
export function oneLine(text: string, most: number = LONGEST_SENTENCE): string {
  return copyOf(withEscapes(safe(text).trim().replace(/\s+/g, ' ')), most);
}

/** The same for text of several lines, such as a stack: line feeds stay. */
export function manyLines(text: string, most: number = MOST_READ): string {
  return copyOf(escapeLines(safe(text)), most);
}

/** The same with the secrets in it, for somebody who is to be shown one. */
export function escapeLines(text: string): string {
  return text.split('\n').map(withEscapes).join('\n');
}

/** JSON of a value, with secrets covered; what is not printable is escaped as JSON does it. */
export function printableJson(value: unknown, indent?: number): string {
  const covered = (_name: string, part: unknown) => (typeof part === 'string' ? redact(part) : part);
  return escapeJson(JSON.stringify(value, covered, indent));
}

function escapeJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return character; // between values: within texts it is escaped already
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** Secrets are covered first: what is cut or escaped is not recognised any more. */
function safe(text: string): string {
  return text.length > MOST_READ ? redact(text.slice(0, MOST_READ)).slice(0, -LONGEST_SECRET) : redact(text);
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
