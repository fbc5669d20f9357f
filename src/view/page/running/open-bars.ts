import type { Model } from '../data/model.ts';
import type { Palette } from '../drawing/theme.ts';

interface Place {
  readonly plot: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  readonly model: Model;
  readonly laneHeight: number;
  /** The top of a lane, in CSS pixels below that of the plot; undefined if it is not shown. */
  topOf(group: string, slot: number): number | undefined;
}

/** Draws the requests that are still open: hatched bars without an end, which grow until now. */
export function drawOpenBars(
  context: CanvasRenderingContext2D,
  { plot, model, laneHeight, topOf }: Place,
  palette: Palette,
): number {
  const { open, now, rows, drawn: shown } = model;
  const { span } = shown;
  const perMs = plot.width / (span.to - span.from);
  const xOf = (ms: number) => plot.left + (ms - span.from) * perMs;
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.width, plot.height);
  context.clip();
  let drawn = 0;
  for (const one of open) {
    const top = topOf(one.group, one.slot);
    const start = one.start - rows.baseMs;
    if (top === undefined || start >= span.to) continue;
    drawn++;
    const [x, y, height] = [xOf(start), plot.top + top, Math.max(3, laneHeight - 2)];
    const stop = xOf(Math.min(span.to, Math.max(now, start)));
    const width = Math.max(3, stop - x);
    const colour = one.answering ? palette.dim : palette.error;
    context.fillStyle = colour;
    context.globalAlpha = 0.22;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 0.9;
    context.strokeStyle = colour;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.beginPath();
    // Stripes, so that they differ from requests that have ended by more than colour.
    for (let stripe = Math.max(x, plot.left) - height; stripe < x + width; stripe += 6) {
      context.moveTo(stripe, y + height);
      context.lineTo(stripe + height, y);
    }
    context.stroke();
    context.restore();
    context.strokeRect(x + 0.5, y + 0.5, width, height - 1);
  }
  context.restore();
  return drawn;
}
