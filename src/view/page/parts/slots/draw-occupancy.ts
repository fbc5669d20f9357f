import { StatusClass } from '../../data/tags.ts';
import { ISOLATED } from '../../drawing/column-cache.ts';
import { type Colour, type Pixels, pixelOf } from '../../drawing/marks.ts';
import type { Occupancy } from '../../drawing/occupancy.ts';
import type { Palette } from '../../drawing/theme.ts';

/** Draws the busy share of each lane's columns. @param first the first column */
export function drawOccupancy(
  { words, width, height }: Pixels & { readonly words: Uint32Array },
  plane: Occupancy,
  first: number,
  { tops, scroll, thick }: { tops: readonly number[]; scroll: number; thick: number },
  colours: readonly Colour[],
  { classes }: Palette,
  isolated: number | undefined,
): void {
  const shades = [...colours, classes[StatusClass.serverError]!, classes[StatusClass.aborted]!].map(
    (colour) => Uint32Array.from({ length: 33 }, (_, step) => pixelOf(colour, 0.14 + (0.86 * step) / 32)),
  );
  const faint = pixelOf(colours.at(-1)!, 0.12);
  const seam = width - plane.at(first);
  const line = new Uint32Array(width);
  for (let lane = 0; lane < plane.lanes.count; lane++) {
    const top = Math.round(tops[lane]! - scroll);
    if (top + thick <= 0 || top >= height) continue;
    const row = lane * width;
    for (let x = 0; x < width; x++) {
      const p = row + (x < seam ? x + width - seam : x - seam);
      const busy = plane.busy[p]!;
      const flag = plane.flags[p]!;
      const shade =
        isolated !== undefined
          ? isolated
          : flag & 2
            ? colours.length + 1
            : flag & 1
              ? colours.length
              : plane.category[p]!;
      const isPale = isolated !== undefined && (flag & ISOLATED) === 0;
      line[x] = busy <= 0 ? 0 : isPale ? faint : shades[shade]![Math.min(32, Math.ceil(busy * 32))]!;
    }
    for (let y = Math.max(0, top); y < Math.min(height, top + thick); y++) words.set(line, y * width);
  }
}
