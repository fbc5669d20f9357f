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

/** Formats rows with aligned columns, separated by two blanks. `align` has `l` or `r` for each column. */
export function table(rows: string[][], align: string): string[] {
  const widths = [...align].map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (align[i] === 'r' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
