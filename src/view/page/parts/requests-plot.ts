import { isFiltering, matches } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import type { Block, RowRef } from '../data/rows.ts';
import { columnsOf, positionOf, type Span, scaleAround, type ValueScale } from '../data/scale.ts';
import { StatusClass } from '../data/tags.ts';
import { byId, setText } from '../dom.ts';
import { ColumnCache } from '../drawing/column-cache.ts';
import { Density } from '../drawing/density.ts';
import { drawDensity, drawDots, drawRings, MAX_DOTS, type Style } from '../drawing/dots.ts';
import { nearest } from '../drawing/find.ts';
import { type Mark, markOf } from '../drawing/marks.ts';
import { addPlotControls } from '../drawing/plot-controls.ts';
import { Surface } from '../drawing/surface.ts';
import { markFor } from '../drawing/theme.ts';
import { formatCount } from '../format.ts';

/** The main plot: each request at its end and response time. */
export class RequestsPlot {
  readonly surface: Surface;
  readonly cache = new ColumnCache<Density>();
  /** The number of drawn requests, and how they are drawn. */
  drawn = 0;
  mode: 'dots' | 'density' = 'dots';
  /** The span of the current density, and the earliest time for counting another span. */
  #drawnSpan: Span = { from: 0, to: 1 };
  #drawnKey = '';
  /** Range of response times of filtered requests that arrived after the last summary. */
  #since = { min: Number.POSITIVE_INFINITY, max: 0 };
  #countAgain = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  readonly #resized: () => void;
  readonly #parts: Parts;
  readonly #said: HTMLElement;

  /** @param root holds the plot; `said` says what is drawn */
  constructor(parts: Parts, resized: () => void, root = byId('requests-plot'), said = byId('drawn')) {
    this.#parts = parts;
    this.#resized = resized;
    this.#said = said;
    this.surface = new Surface(root, { top: 6, bottom: 24 }, resized);
    addPlotControls(root, this.surface, parts, {
      values: true,
      wheel: true,
      find: (x, y) => this.#find(x, y),
    });
  }

  /** Counts new rows. */
  added(block: Block, from: number, to: number): void {
    this.cache.added(block, from, to);
    const { filter, tables } = this.#parts.model;
    if (!isFiltering(filter)) return;
    for (let i = from; i < to; i++) {
      if (!matches(tables.matcher, block, i)) continue;
      const seconds = block.chunk.duration[i]!;
      this.#since.min = Math.min(this.#since.min, seconds);
      this.#since.max = Math.max(this.#since.max, seconds);
    }
  }

  /** A summary of all rows is available. */
  summarised(): void {
    this.#since = { min: Number.POSITIVE_INFINITY, max: 0 };
  }

  draw(): void {
    const { surface } = this;
    const { model, theme } = this.#parts;
    const { view, rows, tables } = model;
    const { plot, context, ratio } = surface;
    const columns = columnsOf(view.span, plot.width);
    const span = {
      from: columns.first * columns.msPerColumn,
      to: (columns.first + plot.width) * columns.msPerColumn,
    };
    const scale = this.#scale(span);
    model.drawn = { span, scale };

    surface.begin(context);
    surface.timeAxis(span, rows.baseMs, theme.palette);
    surface.valueAxis(scale, theme.palette);

    const clamp = view.range === undefined;
    let bound = 0;
    for (const block of rows.ending(span.from, span.to)) bound += block.to - block.from;
    let density: Density | undefined;
    if (bound > MAX_DOTS) {
      const key = [
        model.filterVersion,
        model.colouring.version,
        JSON.stringify(scale),
        clamp,
        plot.height,
        tables.isolated,
      ].join();
      const start = performance.now();
      const anew = !this.cache.fits(columns, key);
      if (anew && this.mode === 'density' && this.#drawnKey === key && start < this.#countAgain) {
        // While zooming through a million requests, the previous pixels are stretched until there is time to count.
        surface.showStretched(this.#drawnSpan, span);
        clearTimeout(this.#later);
        this.#later = setTimeout(this.#resized, this.#countAgain - start);
        return;
      }
      density = this.cache.show(
        rows,
        columns,
        key,
        () => new Density({ ...plot, msPerColumn: columns.msPerColumn }, scale, clamp, tables),
      );
      this.#drawnSpan = span;
      this.#drawnKey = key;
      if (anew) this.#countAgain = performance.now() + 1.5 * (performance.now() - start);
    } else this.cache.reset();

    const asDensity = density !== undefined && density.total > MAX_DOTS;
    this.mode = asDensity ? 'density' : 'dots';
    const pixels = surface.pixels(asDensity ? 1 : ratio);
    const style = this.#style(asDensity ? 1 : ratio, density?.total ?? bound);
    if (density !== undefined && asDensity) {
      this.drawn = density.total;
      drawDensity(pixels, density, columns.first, tables.isolated, style);
    } else this.drawn = drawDots(pixels, rows, span, scale, clamp, tables, style);
    const rings = drawRings(pixels, model.summary?.slowest ?? [], span, scale, tables, style);
    surface.show();
    this.#say(rings);
  }

  /** Draws the cursor, the brush and the selected request. */
  drawOverlay(brush: { x: number; y: number; width: number; height: number } | undefined): void {
    const { surface } = this;
    const { model, theme } = this.#parts;
    const { overlay, plot } = surface;
    surface.begin(overlay);
    if (model.cursor !== undefined) {
      const x = Math.round(this.#x(model.cursor));
      overlay.fillStyle = theme.palette.dim;
      overlay.globalAlpha = 0.5;
      if (x >= plot.left && x <= plot.left + plot.width) overlay.fillRect(x, plot.top, 1, plot.height);
      overlay.globalAlpha = 1;
    }
    if (brush !== undefined) {
      overlay.fillStyle = theme.palette.accent;
      overlay.globalAlpha = 0.16;
      overlay.fillRect(brush.x, brush.y, brush.width, brush.height);
      overlay.globalAlpha = 1;
      overlay.strokeStyle = theme.palette.accent;
      overlay.strokeRect(brush.x + 0.5, brush.y + 0.5, brush.width, brush.height);
    }
    for (const [ref, strong] of [
      [model.hovered, false],
      [model.selected, true],
    ] as const) {
      if (ref === undefined) continue;
      const { x, y } = this.place(ref);
      if (x < plot.left - 4 || x > plot.left + plot.width + 4) continue;
      overlay.strokeStyle = strong ? theme.palette.accent : theme.palette.text;
      overlay.lineWidth = 2;
      overlay.beginPath();
      overlay.arc(x, y, strong ? 8 : 6, 0, 2 * Math.PI);
      overlay.stroke();
      overlay.lineWidth = 1;
    }
  }

  /** The position of a request, in CSS pixels of the surface. */
  place({ block, index }: RowRef): { x: number; y: number } {
    const { plot } = this.surface;
    const at = positionOf(this.#parts.model.drawn.scale, block.chunk.duration[index]!);
    return { x: this.#x(block.end[index]!), y: plot.top + Math.min(Math.max(at, 0), 1) * plot.height };
  }

  #x(ms: number): number {
    const { span } = this.#parts.model.drawn;
    const { plot } = this.surface;
    return plot.left + ((ms - span.from) / (span.to - span.from)) * plot.width;
  }

  #find(x: number, y: number): RowRef | undefined {
    const { model } = this.#parts;
    const { plot } = this.surface;
    const at = { x: x - plot.left, y: y - plot.top };
    return nearest(model.rows, model.tables.matcher, model.drawn.span, model.drawn.scale, plot, at, 14);
  }

  #scale(span: Span): ValueScale {
    const { view, rows, filter, summary, drawn } = this.#parts.model;
    if (view.range !== undefined) return { kind: view.kind, ...view.range };
    let min = Number.POSITIVE_INFINITY;
    let max = 0;
    if (isFiltering(filter)) {
      ({ min, max } = this.#since);
      if (summary !== undefined && summary.total.count > 0) {
        min = Math.min(min, summary.min);
        max = Math.max(max, summary.max);
      }
    } else {
      for (const block of rows.ending(span.from, span.to)) {
        min = Math.min(min, block.minDuration);
        max = Math.max(max, block.maxDuration);
      }
    }
    if (max > 0) return scaleAround(view.kind, min, max);
    return view.kind === drawn.scale.kind
      ? drawn.scale
      : scaleAround(view.kind, drawn.scale.low, drawn.scale.high);
  }

  #style(ratio: number, count: number): Style {
    const { model, theme } = this.#parts;
    const { colouring } = model;
    const by = colouring.by === 'status' ? 'status' : 'rank';
    // Marks are larger if there are few.
    const size = Math.round((count <= 400 ? 9 : count <= 3000 ? 7 : count <= 8000 ? 5 : 4) * ratio);
    const large = Math.round((count <= 3000 ? 9 : count <= 8000 ? 7 : 6) * ratio);
    const { classes } = theme.palette;
    return {
      colours: colouring.colours(theme.palette),
      marks: Array.from({ length: 8 }, (_, category) => {
        const severe =
          by === 'status' && category >= StatusClass.clientError && category <= StatusClass.aborted;
        return markFor(by, category, severe ? large : size);
      }),
      opacity: count <= 3000 ? 0.85 : count <= 8000 ? 0.7 : 0.55,
      paleOpacity: 0.12,
      error: classes[StatusClass.serverError]!,
      aborted: classes[StatusClass.aborted]!,
      errorMark: markFor('status', StatusClass.serverError, 7),
      abortedMark: markFor('status', StatusClass.aborted, 7),
      slowMark: ringOf(Math.round(11 * ratio)),
      slow: theme.palette.dark ? [255, 255, 255] : [20, 24, 31],
    };
  }

  /** @param rings the number of the slowest requests, which have a ring */
  #say(rings: number): void {
    const { surface, drawn, mode } = this;
    const one = drawn === 1;
    const count = `${formatCount(drawn)} request${one ? '' : 's'}`;
    const how =
      mode === 'dots'
        ? drawn === 0
          ? 'no request in view'
          : `${count}, each one drawn`
        : `${count}, drawn as density; on top ◆ errors, × aborted`;
    const slowest = rings === 0 ? '' : `, ○ the ${rings === 1 ? 'slowest' : `${rings} slowest`}`;
    setText(this.#said, `${how}${slowest}`);
    surface.root.dataset.slowest = String(rings);
    surface.root.dataset.drawn = String(drawn);
    surface.root.dataset.mode = mode;
  }
}

const RINGS = new Map<number, Mark>();

function ringOf(size: number): Mark {
  const mark = RINGS.get(size) ?? markOf('ring', size);
  RINGS.set(size, mark);
  return mark;
}
