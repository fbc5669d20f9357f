import { matches } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import type { RowRef } from '../data/rows.ts';
import { columnsOf, type Span } from '../data/scale.ts';
import { byId, setText } from '../dom.ts';
import { ColumnCache, categoryOf } from '../drawing/column-cache.ts';
import { MAX_DOTS } from '../drawing/dots.ts';
import { inLane } from '../drawing/find.ts';
import { Lanes } from '../drawing/lanes.ts';
import { type Colour, pixelOf } from '../drawing/marks.ts';
import { Occupancy } from '../drawing/occupancy.ts';
import { addPlotControls } from '../drawing/plot-controls.ts';
import { Surface } from '../drawing/surface.ts';
import { formatCount } from '../format.ts';
import { drawOpenBars } from '../running/open-bars.ts';
import { openSlots } from '../running/running.ts';
import { drawOccupancy } from './slots/draw-occupancy.ts';
import { drawLaneNames, HEADING } from './slots/lane-names.ts';

/** Swimlanes: a lane per process and slot, a bar per request from its start to its end. */
export class LanesPlot {
  readonly surface: Surface;
  readonly cache = new ColumnCache<Occupancy>();
  #lanes: Lanes;
  /** By lane: its top, in CSS pixels below the first one. */
  #tops: number[] = [];
  #laneHeight = 12;
  #overflows = false;
  /** The span of the current pixels, and the earliest time for counting another span. */
  #drawnSpan: Span = { from: 0, to: 1 };
  #countAgain = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  readonly #resized: () => void;
  readonly #parts: Parts;
  readonly #scroller: HTMLElement;
  /** Has the height of all lanes. */
  readonly #size: HTMLElement;
  readonly #said: HTMLElement;

  /** @param root holds the plot, in an element that scrolls, with an empty one after it; `said` says what is drawn */
  constructor(parts: Parts, resized: () => void, root = byId('lanes-plot'), said = byId('lanes-drawn')) {
    this.#parts = parts;
    this.#resized = resized;
    this.#said = said;
    this.#lanes = new Lanes(parts.model.sets, new Map());
    this.#scroller = root.parentElement!;
    this.#size = root.nextElementSibling as HTMLElement;
    this.surface = new Surface(root, { top: 4, bottom: 24 }, () => {
      this.#arrange();
      resized();
    });
    this.#scroller.addEventListener('scroll', resized);
    addPlotControls(root, this.surface, parts, {
      values: false,
      wheel: false,
      find: (x, y) => this.#find(x, y),
    });
  }

  /** Updates the lanes from the latest summary. */
  update(): void {
    const { model } = this.#parts;
    const slots = new Map(model.summary?.slots);
    for (const [name, slot] of openSlots(model.open)) {
      const group = model.sets.groups.id(name);
      slots.set(group, Math.max(slot, slots.get(group) ?? 0));
    }
    if (this.#lanes.equals(slots) && this.#lanes.count > 0) return;
    this.#lanes = new Lanes(model.sets, slots);
    this.cache.reset();
    this.#arrange();
  }

  #arrange(): void {
    const { list } = this.#lanes;
    const room = this.surface.plot.height;
    const groups = new Set(list.map(({ group }) => group)).size;
    const free = (room - groups * HEADING) / Math.max(1, list.length);
    this.#laneHeight = Math.max(4, Math.min(18, Math.floor(free)));
    this.#tops = [];
    let y = 0;
    list.forEach(({ group }, lane) => {
      if (lane === 0 || list[lane - 1]!.group !== group) y += HEADING;
      this.#tops.push(y);
      y += this.#laneHeight;
    });
    this.#overflows = y > room;
    this.#size.style.height = `${y + this.surface.height - room}px`;
  }

  draw(): void {
    const { surface } = this;
    const { model, theme } = this.#parts;
    const { rows, view, tables } = model;
    const { plot, context, ratio } = surface;
    const { palette } = theme;
    const columns = columnsOf(view.span, plot.width);
    const { span } = model.drawn;
    surface.begin(context);
    surface.timeAxis(span, rows.baseMs, palette);
    const colours = model.colouring.colours(palette);

    let bound = 0;
    for (const block of rows.open(span.from, span.to)) bound += block.to - block.from;
    let bars = 0;
    if (bound <= 2 * MAX_DOTS) {
      this.cache.reset();
      bars = this.#drawBars(colours, ratio);
      surface.show();
    } else {
      const key = [model.filterVersion, model.colouring.version, tables.isolated].join();
      const size = { width: plot.width, msPerColumn: columns.msPerColumn };
      const start = performance.now();
      const anew = !this.cache.fits(columns, key);
      if (anew && this.cache.plane !== undefined && start < this.#countAgain) {
        surface.showStretched(this.#drawnSpan, span);
        clearTimeout(this.#later);
        this.#later = setTimeout(this.#resized, this.#countAgain - start);
      } else {
        const plane = this.cache.show(rows, columns, key, () => new Occupancy(size, this.#lanes, tables));
        const place = { tops: this.#tops, scroll: this.#scroller.scrollTop, thick: this.#laneHeight - 1 };
        drawOccupancy(surface.pixels(1), plane, columns.first, place, colours, palette, tables.isolated);
        surface.show();
        this.#drawnSpan = span;
        // While zooming through a million requests, counting gets a quarter of the time.
        if (anew) this.#countAgain = performance.now() + 3 * (performance.now() - start);
      }
    }
    const open = this.#drawOpen();
    this.#drawNames();
    const { count: lanes, leftOut } = this.#lanes;
    const more = leftOut > 0 ? `, ${formatCount(leftOut)} more are not shown` : '';
    const how =
      bars > 0
        ? `${formatCount(bars)} requests as bars, first byte marked${this.#waits > 0 ? ', the wait before the process thin' : ''}`
        : 'share of time that is busy';
    setText(
      this.#said,
      lanes === 0
        ? ''
        : `${open === 0 ? '' : `${formatCount(open)} still open, hatched · `}${formatCount(lanes)} lane${lanes === 1 ? '' : 's'}${this.#overflows ? ', scroll for more' : ''}${more} · ${how}`,
    );
    surface.root.dataset.lanes = String(lanes);
  }

  #drawOpen(): number {
    const { model, theme } = this.#parts;
    const { context, plot } = this.surface;
    const place = {
      plot,
      model,
      laneHeight: this.#laneHeight,
      topOf: (group: string, slot: number) => {
        const top = this.#tops[this.#lanes.at(model.sets.groups.id(group), slot)];
        return top === undefined ? undefined : top - this.#scroller.scrollTop;
      },
    };
    return drawOpenBars(context, place, theme.palette);
  }

  /** The number of drawn waits in front of the process. */
  #waits = 0;

  #drawBars(colours: readonly Colour[], ratio: number): number {
    const { model, theme } = this.#parts;
    const { rows, tables, drawn } = model;
    const { words, width, height } = this.surface.pixels(ratio);
    const perMs = width / (drawn.span.to - drawn.span.from);
    const gap = this.#laneHeight > 8 ? 2 : 1;
    const thick = Math.round((this.#laneHeight - gap) * ratio);
    const scroll = this.#scroller.scrollTop;
    const solid = colours.map((colour) => pixelOf(colour, 1));
    const pale = colours.map((colour) => pixelOf(colour, theme.palette.dark ? 0.5 : 0.45));
    const faint = colours.map((colour) => pixelOf(colour, 0.12));
    const edge = pixelOf(theme.palette.dark ? [255, 255, 255] : [10, 12, 16], 1);
    let bars = 0;
    this.#waits = 0;
    for (const block of rows.open(drawn.span.from, drawn.span.to)) {
      const { chunk } = block;
      for (let i = block.from; i < block.to; i++) {
        const stop = (block.end[i]! - drawn.span.from) * perMs;
        if (stop < 0) continue;
        const start = stop - (chunk.leadOf(i) / 1e6) * perMs;
        if (start >= width || !matches(tables.matcher, block, i)) continue;
        const id = chunk.series[i]!;
        const lane = this.#lanes.of(id, chunk.slot.get(i));
        if (lane < 0) continue;
        bars++;
        const top = Math.round((this.#tops[lane]! - scroll) * ratio);
        if (top + thick <= 0 || top >= height) continue;
        const left = Math.max(0, Math.round(start));
        // Adjacent bars are separated by a pixel if they are long enough.
        const right = Math.min(width, Math.max(left + 1, Math.round(stop) - (stop - start > 3 ? 1 : 0)));
        const byte = start + chunk.firstByte[i]! * 1000 * perMs;
        const mark = Number.isNaN(byte) ? right : Math.round(byte);
        const category = categoryOf(tables, chunk, i);
        const isPale = tables.isolated !== undefined && category !== tables.isolated;
        // The wait in front of the process, thin, up to the start.
        const queued = isPale ? 0 : chunk.queueTimeOf(i) * 1000 * perMs;
        if (queued >= 1) {
          this.#waits++;
          const before = Math.max(0, Math.round(start - queued));
          const y = Math.min(height - 1, Math.max(0, top + (thick >> 1)));
          words.fill(solid[category]!, y * width + before, y * width + Math.max(before, left));
          if (thick > 5 * ratio && y + 1 < height) {
            words.fill(solid[category]!, (y + 1) * width + before, (y + 1) * width + Math.max(before, left));
          }
        }
        for (let y = Math.max(0, top); y < Math.min(height, top + thick); y++) {
          const row = y * width;
          words.fill((isPale ? faint : solid)[category]!, row + left, row + right);
          if (isPale || mark >= right || right - left < 3) continue;
          const from = Math.max(left, mark);
          words.fill(pale[category]!, row + from, row + right);
          if (mark > left && right - left > 6) words[row + mark] = edge;
        }
      }
    }
    return bars;
  }

  #drawNames(): void {
    const { model, theme } = this.#parts;
    const place = { tops: this.#tops, height: this.#laneHeight, scroll: this.#scroller.scrollTop };
    drawLaneNames(this.surface, this.#lanes, model.sets.groups.names, place, theme.palette);
  }

  drawOverlay(brush: { x: number; y: number; width: number; height: number } | undefined): void {
    const { surface } = this;
    const { model, theme } = this.#parts;
    const { overlay, plot } = surface;
    const { span } = model.drawn;
    const xOf = (ms: number) => plot.left + ((ms - span.from) / (span.to - span.from)) * plot.width;
    surface.begin(overlay);
    overlay.save();
    overlay.beginPath();
    overlay.rect(plot.left, plot.top, plot.width, plot.height);
    overlay.clip();
    if (model.cursor !== undefined) {
      overlay.fillStyle = theme.palette.dim;
      overlay.globalAlpha = 0.5;
      overlay.fillRect(Math.round(xOf(model.cursor)), plot.top, 1, plot.height);
      overlay.globalAlpha = 1;
    }
    if (brush !== undefined) {
      overlay.fillStyle = theme.palette.accent;
      overlay.globalAlpha = 0.16;
      overlay.fillRect(brush.x, brush.y, brush.width, brush.height);
      overlay.globalAlpha = 1;
    }
    for (const [ref, colour] of [
      [model.hovered, theme.palette.text],
      [model.selected, theme.palette.accent],
    ] as const) {
      if (ref === undefined) continue;
      const { chunk } = ref.block;
      const lane = this.#lanes.of(chunk.series[ref.index]!, chunk.slot.get(ref.index));
      if (lane < 0) continue;
      const left = xOf(ref.block.start(ref.index));
      const y = plot.top + this.#tops[lane]! - this.#scroller.scrollTop;
      overlay.strokeStyle = colour;
      overlay.lineWidth = 2;
      const width = Math.max(3, xOf(ref.block.end[ref.index]!) - left);
      overlay.strokeRect(left - 1, y - 1, width + 2, this.#laneHeight + 1);
      overlay.lineWidth = 1;
    }
    overlay.restore();
  }

  #find(x: number, y: number): RowRef | undefined {
    const { model } = this.#parts;
    const { plot } = this.surface;
    const { span } = model.drawn;
    const inside = y - plot.top + this.#scroller.scrollTop;
    const lane = this.#tops.findIndex((top) => inside >= top && inside < top + this.#laneHeight);
    if (lane < 0 || x < plot.left) return undefined;
    const msPerPixel = (span.to - span.from) / plot.width;
    const ms = span.from + (x - plot.left) * msPerPixel;
    const laneOf = (series: number, slot: number) => this.#lanes.of(series, slot);
    return inLane(model.rows, model.tables.matcher, laneOf, lane, ms, 4 * msPerPixel);
  }
}
