import { positionOf, type Span, timeTicks, type ValueScale, valueTicks } from '../data/scale.ts';
import { element } from '../dom.ts';
import { formatDay, formatElapsed, formatSeconds, formatTime, formatZone } from '../format.ts';
import type { Pixels } from './marks.ts';
import type { Palette } from './theme.ts';

/** Width of the labels. All plots have the same, so that their time axes are aligned. */
export const GUTTER_LEFT = 64;
export const GUTTER_RIGHT = 10;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Two stacked canvases: one for the data, one for the pointer and selection. */
export class Surface {
  readonly root: HTMLElement;
  readonly context: CanvasRenderingContext2D;
  readonly overlay: CanvasRenderingContext2D;
  width = 0;
  height = 0;
  ratio = 1;
  readonly #layer = document.createElement('canvas');
  #image: ImageData | undefined;
  readonly #top: number;
  readonly #bottom: number;

  constructor(root: HTMLElement, room: { top: number; bottom: number }, resized: () => void) {
    this.root = root;
    this.#top = room.top;
    this.#bottom = room.bottom;
    const [base, over] = [
      element('canvas', { 'aria-hidden': 'true' }),
      element('canvas', { 'aria-hidden': 'true' }),
    ];
    over.className = 'over';
    root.prepend(base, over);
    this.context = base.getContext('2d')!;
    this.overlay = over.getContext('2d')!;
    new ResizeObserver(() => {
      this.measure();
      resized();
    }).observe(root);
    this.measure();
  }

  /** The area for data, in CSS pixels. */
  get plot(): { left: number; top: number; width: number; height: number } {
    return {
      left: GUTTER_LEFT,
      top: this.#top,
      width: Math.max(1, Math.floor(this.width - GUTTER_LEFT - GUTTER_RIGHT)),
      height: Math.max(1, Math.floor(this.height - this.#top - this.#bottom)),
    };
  }

  measure(): void {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    this.ratio = devicePixelRatio;
    for (const { canvas } of [this.context, this.overlay]) {
      canvas.width = Math.round(this.width * this.ratio);
      canvas.height = Math.round(this.height * this.ratio);
    }
  }

  /** Clears a canvas, and sets its scale to CSS pixels. */
  begin(context: CanvasRenderingContext2D): void {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = FONT;
  }

  /** Empty pixels for data, `ratio` of them per CSS pixel. */
  pixels(ratio: number): Pixels & { readonly words: Uint32Array } {
    const { width, height } = this.plot;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#image?.width !== w || this.#image.height !== h) {
      this.#image = new ImageData(w, h);
      this.#layer.width = w;
      this.#layer.height = h;
    }
    const { data } = this.#image;
    const words = new Uint32Array(data.buffer);
    words.fill(0);
    return { width: w, height: h, data, words };
  }

  /** Copies the pixels to the data area. */
  show(): void {
    const { left, top, width, height } = this.plot;
    this.#layer.getContext('2d')!.putImageData(this.#image!, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.#layer, left, top, width, height);
  }

  /** Shows pixels that were drawn for another span, stretched to this one. */
  showStretched(drawn: Span, span: Span): void {
    const { left, top, width, height } = this.plot;
    const perMs = width / (span.to - span.from);
    this.context.save();
    this.context.beginPath();
    this.context.rect(left, top, width, height);
    this.context.clip();
    this.context.drawImage(
      this.#layer,
      left + (drawn.from - span.from) * perMs,
      top,
      (drawn.to - drawn.from) * perMs,
      height,
    );
    this.context.restore();
  }

  timeAxis(span: Span, baseMs: number, palette: Palette, labels = true): void {
    const { context } = this;
    const { left, top, width, height } = this.plot;
    const { times, digits } = timeTicks(span, width, baseMs);
    context.fillStyle = palette.grid;
    const xs = times.map((time) => Math.round(left + ((time - span.from) / (span.to - span.from)) * width));
    for (const x of xs) context.fillRect(x, top, 1, height);
    if (!labels) return;
    const long = span.to - span.from > 2 * 86_400_000;
    context.fillStyle = palette.dim;
    context.textBaseline = 'top';
    if (baseMs !== 0) {
      context.textAlign = 'left';
      context.fillText(formatZone(baseMs + span.to), 4, top + height + 6);
    }
    context.textAlign = 'center';
    times.forEach((time, i) => {
      // Rounded, so that a time just before a second shows that second.
      const wall = Math.round((baseMs + time) * 1e4) / 1e4;
      const label =
        baseMs === 0 ? formatElapsed(time, digits) : long ? formatDay(wall) : formatTime(wall + 5e-5, digits);
      const half = context.measureText(label).width / 2;
      context.fillText(
        label,
        Math.min(Math.max(xs[i]!, left + half - 8), left + width - half + 8),
        top + height + 6,
      );
    });
  }

  valueAxis(scale: ValueScale, palette: Palette): void {
    const { context } = this;
    const { left, top, width, height } = this.plot;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const { value, major } of valueTicks(scale, height)) {
      const y = Math.round(top + positionOf(scale, value) * height);
      context.fillStyle = palette.grid;
      context.globalAlpha = major ? 1 : 0.45;
      context.fillRect(left, y, width, 1);
      context.globalAlpha = 1;
      if (!major) continue;
      context.fillStyle = palette.dim;
      context.fillText(shortSeconds(value), left - 8, Math.min(Math.max(y, top + 6), top + height - 4));
    }
  }
}

/** 10 ms instead of 10.0 ms, because ticks are round. */
export function shortSeconds(value: number): string {
  return formatSeconds(value)
    .replace(/\.0+ /, ' ')
    .replace(/(\.\d*[1-9])0+ /, '$1 ');
}
