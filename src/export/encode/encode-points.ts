import type { Point } from '../../record/point.ts';
import { cleanTag, cleanText, escapeTag, escapeText } from './escape.ts';

/** Encodes points other than requests, of which a process writes a few per second. */
export function encodePoints(points: readonly Point[], tags: Readonly<Record<string, string>>): string {
  return points.map((point) => `${encodePoint(point, tags)}\n`).join('');
}

function encodePoint(point: Point, tags: Readonly<Record<string, string>>): string {
  const all: Record<string, string> = { ...tags, ...point.tags };
  let line = point.measurement;
  for (const name of Object.keys(all).sort()) {
    const value = cleanTag(all[name]!);
    if (value !== '') line += `,${name}=${escapeTag(value)}`;
  }
  const fields = [
    ...Object.entries(point.integers ?? {}).map(([name, value]) => `${name}=${value}i`),
    ...Object.entries(point.floats ?? {}).map(([name, value]) => `${name}=${value}`),
    ...Object.entries(point.texts ?? {}).map(([name, value]) => `${name}="${escapeText(cleanText(value))}"`),
  ].sort();
  return `${line} ${fields.join(',')} ${BigInt(Math.round(point.atMs * 1000)) * 1000n}`;
}
