import type { Spread } from './statistics.ts';

/** Aligns cells: the first column to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('   ');
  return [line(head), widths.map((width) => '-'.repeat(width)).join('   '), ...rows.map(line)].join('\n');
}

/** `-` for what is not known. */
export function number(value: number, digits: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(digits);
}

/** `1.52 (1.40 .. 1.71)`. */
export function spreadText({ median, min, max }: Spread, digits: number): string {
  return Number.isNaN(median)
    ? '-'
    : `${median.toFixed(digits)} (${min.toFixed(digits)} .. ${max.toFixed(digits)})`;
}
