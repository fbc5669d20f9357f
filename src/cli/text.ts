import type { WriteStream } from 'node:tty';

/** Bold and dim on a terminal that wants them; the same text everywhere else. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** Colours only for a terminal, and never with `NO_COLOR` (https://no-color.org). */
export function paintFor(stream: WriteStream | NodeJS.WritableStream, env: NodeJS.ProcessEnv): Paint {
  const on = 'isTTY' in stream && stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
  const style = (code: number, end: number) => (text: string) =>
    on ? `\x1b[${code}m${text}\x1b[${end}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), good: style(32, 39), bad: style(31, 39) };
}

/** 20000 -> `20,000` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 point`, `2 points` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Seconds -> milliseconds with one decimal, without the unit: 0.0123 -> `12.3` */
export function milliseconds(seconds: number): string {
  return (seconds * 1000).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** Milliseconds -> seconds with one decimal: 12345 -> `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Lines with aligned columns, two blanks apart; `align` has one `l` or `r` for each column. */
export function table(rows: string[][], align: string): string[] {
  const widths = [...align].map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (align[i] === 'r' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
