import { matches } from '../data/filter.ts';
import type { RowRef, Rows } from '../data/rows.ts';
import { positionOf, type Span, type ValueScale } from '../data/scale.ts';
import { categoryOf, ISOLATED, type LookupTables } from './column-cache.ts';
import { type Density, intensity } from './density.ts';
import type { Colour, Mark, Pixels } from './marks.ts';
import { pixelOf, stamp } from './marks.ts';

/** More requests than this are drawn as density. */
export const MAX_DOTS = 20_000;

export interface Style {
  readonly colours: readonly Colour[];
  /** By category. */
  readonly marks: readonly Mark[];
  /** Opacity of marks, so that overlaps are visible. */
  readonly opacity: number;
  /** Opacity of the requests of other categories, if one is isolated. */
  readonly paleOpacity: number;
  /** Colours and marks for errors and aborted requests on a density. */
  readonly error: Colour;
  readonly aborted: Colour;
  readonly errorMark: Mark;
  readonly abortedMark: Mark;
  readonly slowMark: Mark;
  /** Colour of the slowest requests, and of the densest pixels. */
  readonly slow: Colour;
}

/**
 * Draws each request of a span as a mark, errors and aborted requests last, and of an isolated category after all others.
 * Returns their number.
 */
export function drawDots(
  pixels: Pixels,
  rows: Rows,
  span: Span,
  scale: ValueScale,
  clamp: boolean,
  tables: LookupTables,
  { colours, marks, opacity, paleOpacity }: Style,
): number {
  const { width, height } = pixels;
  const perMs = width / (span.to - span.from);
  const { matcher, flags, isolated } = tables;
  const late: { x: number; y: number; category: number }[] = [];
  let drawn = 0;
  for (const block of rows.ending(span.from, span.to)) {
    const { series, duration } = block.chunk;
    for (let i = block.from; i < block.to; i++) {
      const end = block.end[i]!;
      if (end < span.from || end >= span.to) continue;
      const id = series[i]!;
      const verdict = matcher.series[id];
      if (verdict !== 1 && (verdict !== 2 || !matcher.row(block, i))) continue;
      let at = positionOf(scale, duration[i]!);
      if (at < 0 || at > 1) {
        if (!clamp) continue;
        at = at < 0 ? 0 : 1;
      }
      drawn++;
      const x = (end - span.from) * perMs;
      const y = at * height;
      const own = categoryOf(tables, block.chunk, i);
      if (isolated === undefined ? flags[id] !== 0 : own === isolated) late.push({ x, y, category: own });
      else stamp(pixels, marks[own]!, x, y, colours[own]!, isolated === undefined ? opacity : paleOpacity);
    }
  }
  for (const { x, y, category: own } of late) stamp(pixels, marks[own]!, x, y, colours[own]!);
  return drawn;
}

/** The most marks on a density. Beyond that, errors are single pixels. */
const MAX_MARKS = 4000;

/** Draws the density, then marks for errors and aborted requests. With an isolated category, all others are pale. */
export function drawDensity(
  pixels: Pixels & { readonly words: Uint32Array },
  density: Density,
  first: number,
  isolated: number | undefined,
  style: Style,
): void {
  const { width, height, words } = pixels;
  const { counts, category, flags } = density;
  const table = lookup(style.colours, style.slow, density.maxCount);
  const pale = lookup(style.colours, style.slow, density.maxCount, style.paleOpacity);
  const marked: number[] = [];
  // Errors of other categories are not marked, so that those of the isolated one stand alone.
  const keeps = isolated === undefined ? 0xff : 0;
  const seam = width - density.at(first);
  // The ring is cut at its seam. Its left part in memory is the right part of the view.
  const draw = (y: number, from: number, to: number, shift: number) => {
    const row = y * width;
    for (let x = from; x < to; x++) {
      const p = row + x + shift;
      const count = counts[p]!;
      if (count === 0) continue;
      const strength = count < STEPS.length ? STEPS[count]! : step(count);
      if (isolated === undefined) words[row + x] = table[(category[p]! << 6) | strength]!;
      else if (flags[p]! & ISOLATED) words[row + x] = table[(isolated << 6) | strength]!;
      else words[row + x] = pale[(category[p]! << 6) | strength]!;
      if ((flags[p]! & keeps) !== 0) marked.push(x, y, flags[p]!);
    }
  };
  for (let y = 0; y < height; y++) {
    draw(y, 0, Math.min(seam, width), width - seam);
    draw(y, Math.min(seam, width), width, -seam);
  }
  const few = marked.length / 3 <= MAX_MARKS;
  const aborted = pixelOf(style.aborted, 1);
  const error = pixelOf(style.error, 1);
  for (let i = 0; i < marked.length; i += 3) {
    const [x, y, flag] = [marked[i]!, marked[i + 1]!, marked[i + 2]!];
    if (!few) words[y * width + x] = flag & 2 ? aborted : error;
    else if (flag & 2) stamp(pixels, style.abortedMark, x + 0.5, y + 0.5, style.aborted);
    else stamp(pixels, style.errorMark, x + 0.5, y + 0.5, style.error);
  }
}

/** Draws a ring around each of these requests that matches. Returns their number. */
export function drawRings(
  pixels: Pixels,
  refs: readonly RowRef[],
  span: Span,
  scale: ValueScale,
  tables: LookupTables,
  { slowMark, slow }: Style,
): number {
  const { matcher, isolated } = tables;
  let drawn = 0;
  for (const { block, index } of refs) {
    const end = block.end[index]!;
    const at = positionOf(scale, block.chunk.duration[index]!);
    if (end < span.from || end >= span.to || at < 0 || at > 1 || !matches(matcher, block, index)) continue;
    if (isolated !== undefined && categoryOf(tables, block.chunk, index) !== isolated) continue;
    drawn++;
    const x = ((end - span.from) * pixels.width) / (span.to - span.from);
    stamp(pixels, slowMark, x, at * pixels.height, slow);
  }
  return drawn;
}

/** Maps counts to 64 steps, each a third of a power of two. */
function step(count: number): number {
  return count < 8 ? count : Math.min(63, Math.floor(Math.log2(count) * 3) - 1);
}

const STEPS = Uint8Array.from({ length: 4096 }, (_, count) => step(count));

function lookup(colours: readonly Colour[], deep: Colour, maxCount: number, opacity = 1): Uint32Array {
  const table = new Uint32Array(colours.length << 6);
  colours.forEach((colour, category) => {
    for (let n = 1; n < 64; n++) {
      const count = n < 8 ? n : 2 ** ((n + 1) / 3);
      const { alpha, depth } = intensity(count, Math.max(maxCount, 4));
      const mixed = colour.map((part, i) => part + (deep[i]! - part) * depth) as unknown as Colour;
      table[(category << 6) | n] = pixelOf(mixed, alpha * opacity);
    }
  });
  return table;
}
