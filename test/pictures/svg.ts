export const COLORS = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#ffa6b0',
] as const;
const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#fade2a',
  blue: '#5794f2',
  orange: '#ff9830',
  red: '#f2495c',
  purple: '#b877d9',
  text: '#ccccdc',
};
export const color = (name: string): string => NAMED[name] ?? name;
export const TEXT = '#ccccdc';
export const FAINT = '#8e8e9b';
export const GRID = '#2a2d35';

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);

export function label(
  x: number,
  y: number,
  text: string,
  {
    size = 11,
    fill = FAINT,
    anchor = 'start',
    weight = 400,
  }: { size?: number; fill?: string; anchor?: string; weight?: number } = {},
): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escapeXml(text)}</text>`;
}

/** About how wide a text is. */
export const widthOf = (text: string, size = 11): number => text.length * size * 0.54;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Round values between two, about `n` of them. */
export function ticks(from: number, to: number, n: number): number[] {
  const rough = (to - from) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const found: number[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-6; value += step) found.push(value);
  return found;
}
