import type { Lanes } from '../../drawing/lanes.ts';
import type { Surface } from '../../drawing/surface.ts';
import type { Palette } from '../../drawing/theme.ts';

/** Height of a process's name above its lanes. */
export const HEADING = 17;

/** Draws the name of each process and the numbers of its slots. @param tops by lane, in CSS pixels below the first one */
export function drawLaneNames(
  { context, plot, width }: Surface,
  lanes: Lanes,
  names: readonly string[],
  { tops, height, scroll }: { tops: readonly number[]; height: number; scroll: number },
  palette: Palette,
): void {
  context.save();
  context.beginPath();
  context.rect(0, plot.top, width, plot.height);
  context.clip();
  context.textBaseline = 'middle';
  lanes.list.forEach(({ group, slot }, lane) => {
    const y = plot.top + tops[lane]! - scroll;
    if (y < plot.top - 40 || y > plot.top + plot.height + 20) return;
    if (slot === 1) {
      context.textAlign = 'left';
      context.fillStyle = palette.text;
      context.fillText(names[group]!, 12, y - HEADING / 2 + 1);
      context.fillStyle = palette.grid;
      context.fillRect(0, Math.round(y - HEADING), width, lane === 0 ? 0 : 1);
    }
    const every = height >= 11 ? 1 : height >= 8 ? 2 : height >= 6 ? 5 : 10;
    if (slot === 1 || slot % every === 0) {
      context.textAlign = 'right';
      context.fillStyle = palette.dim;
      context.fillText(String(slot), plot.left - 8, y + height / 2);
    }
  });
  context.restore();
}
