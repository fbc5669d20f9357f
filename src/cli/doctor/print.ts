import { paint } from '../paint.ts';
import type { Finding, Level } from './finding.ts';

const SYMBOLS: Record<Level, string> = { fine: '✓', warning: '!', broken: '✗', skipped: '-' };
const NAME_WIDTH = 13;
const INDENT = ' '.repeat(4 + NAME_WIDTH);

/** The lines of a finding, at most `width` wide. Commands are not wrapped. */
export function lines(finding: Finding, width: number): string[] {
  const { check, level, text, next, command, details = [] } = finding;
  const inside = width - INDENT.length;
  const [first = '', ...rest] = wrap(text, inside);
  const symbol = { fine: paint.good, warning: paint.bold, broken: paint.bad, skipped: paint.dim }[level];
  const body = level === 'broken' ? paint.bad : level === 'skipped' ? paint.dim : (line: string) => line;
  return [
    `  ${symbol(SYMBOLS[level])} ${check.padEnd(NAME_WIDTH)}${body(first)}`,
    ...rest.map((line) => INDENT + body(line)),
    ...details.map((line) => INDENT + paint.dim(line)),
    ...wrap(next ?? '', inside - 3).map((line, i) => `${INDENT}${i === 0 ? '-> ' : '   '}${line}`),
    ...(command === undefined ? [] : [`${INDENT}   ${paint.bold(command)}`]),
  ];
}

/** Wraps text into lines of at most `width` characters. Longer words are not broken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
