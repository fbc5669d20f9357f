import type { Actions, Parts } from '../data/model.ts';
import type { RowRef } from '../data/rows.ts';
import { valueAt } from '../data/scale.ts';
import type { Surface } from './surface.ts';

interface Steering {
  /** Whether a brush can also select a range of values. */
  readonly values: boolean;
  /** Whether the wheel zooms, or only with Ctrl because it scrolls. */
  readonly wheel: boolean;
  /** The request at a pixel of the surface. */
  find(x: number, y: number): RowRef | undefined;
}

export interface Brush {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The current brush of each surface. */
export const brushes = new WeakMap<Surface, Brush>();

/** The most CSS pixels of movement for a click. */
const CLICK = 4;
/** A brush that is flatter than this selects only a time span. */
const FLAT = 14;

/** Handles pointer and keys on a plot: hover, click, brush, pan, zoom, step. */
export function addPlotControls(
  root: HTMLElement,
  surface: Surface,
  parts: Parts,
  { values, wheel, find }: Steering,
): void {
  const { model, actions } = parts;
  let down: { x: number; y: number; lastX: number; pans: boolean; id: number } | undefined;

  const msPerPixel = () => (model.drawn.span.to - model.drawn.span.from) / surface.plot.width;
  const timeAt = (x: number) => model.drawn.span.from + (x - surface.plot.left) * msPerPixel();
  const position = (event: MouseEvent) => {
    const box = root.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  root.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const { x, y } = position(event);
    down = { x, y, lastX: x, pans: event.shiftKey, id: event.pointerId };
    root.setPointerCapture(event.pointerId);
    root.classList.toggle('panning', event.shiftKey);
  });

  root.addEventListener('pointermove', (event) => {
    const { x, y } = position(event);
    if (down === undefined) {
      if (event.pointerType !== 'touch') actions.hover(find(x, y), timeAt(x));
      return;
    }
    if (down.pans) {
      model.view.pan((down.lastX - x) * msPerPixel());
      down.lastX = x;
      actions.moved();
      return;
    }
    brushes.set(surface, brushOf(down, x, y));
    actions.hover(undefined, timeAt(x));
  });

  root.addEventListener('pointerup', (event) => {
    if (down === undefined || event.pointerId !== down.id) return;
    const { x, y } = position(event);
    const began = down;
    stop();
    if (began.pans) return;
    if (Math.abs(x - began.x) < CLICK && Math.abs(y - began.y) < CLICK) {
      actions.select(find(x, y), true);
      return;
    }
    const brush = brushOf(began, x, y);
    if (brush.width < CLICK && !(values && brush.height >= FLAT)) {
      actions.hover(undefined, undefined);
      return;
    }
    const { plot } = surface;
    const wide = brush.width >= CLICK;
    const span = wide ? { from: timeAt(brush.x), to: timeAt(brush.x + brush.width) } : model.drawn.span;
    const whole = brush.height >= plot.height;
    const range = whole
      ? undefined
      : {
          high: valueAt(model.drawn.scale, (brush.y - plot.top) / plot.height),
          low: valueAt(model.drawn.scale, (brush.y + brush.height - plot.top) / plot.height),
        };
    model.view.zoomTo(span, range);
    actions.moved();
  });

  root.addEventListener('pointercancel', () => stop());
  root.addEventListener('pointerleave', () => {
    if (down === undefined) actions.hover(undefined, undefined);
  });
  root.addEventListener('dblclick', () => zoomOut(parts, actions));
  root.addEventListener(
    'wheel',
    (event) => {
      // Over the labels, the wheel scrolls the page.
      if (position(event).x < surface.plot.left) return;
      if (!wheel && !event.ctrlKey && !event.shiftKey && event.deltaX === 0) return;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        model.view.pan((event.deltaX || event.deltaY) * msPerPixel());
      } else {
        const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * 33;
        const factor = Math.exp(Math.max(-250, Math.min(250, pixels)) * 0.002);
        model.view.zoomAround(timeAt(position(event).x), factor, model.rows);
      }
      event.preventDefault();
      actions.moved();
    },
    { passive: false },
  );

  root.addEventListener('keydown', (event) => {
    const width = model.drawn.span.to - model.drawn.span.from;
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const direction = event.key === 'ArrowRight' ? 1 : -1;
        if (event.shiftKey) {
          model.view.pan((direction * width) / 8);
          actions.moved();
        } else actions.step(direction);
        break;
      }
      case '+':
      case '=':
      case '-': {
        const { selected, rows, drawn } = model;
        const centre = selected?.block.end[selected.index] ?? (drawn.span.from + drawn.span.to) / 2;
        model.view.zoomAround(centre, event.key === '-' ? 1.5 : 1 / 1.5, rows);
        actions.moved();
        break;
      }
      case 'Enter':
        actions.select(model.selected, true);
        break;
      default:
        return;
    }
    event.preventDefault();
  });

  const stop = () => {
    if (down !== undefined && root.hasPointerCapture(down.id)) root.releasePointerCapture(down.id);
    down = undefined;
    brushes.delete(surface);
    root.classList.remove('panning');
  };

  const brushOf = (from: { x: number; y: number }, x: number, y: number): Brush => {
    const { left, top, width, height } = surface.plot;
    const inside = (value: number, low: number, size: number) => Math.min(Math.max(value, low), low + size);
    const [x0, x1] = [inside(from.x, left, width), inside(x, left, width)];
    const [y0, y1] = [inside(from.y, top, height), inside(y, top, height)];
    const flat = !values || Math.abs(y1 - y0) < FLAT;
    return {
      x: Math.min(x0, x1),
      width: Math.abs(x1 - x0),
      y: flat ? top : Math.min(y0, y1),
      height: flat ? height : Math.abs(y1 - y0),
    };
  };
}

export function zoomOut({ model }: Parts, actions: Actions): void {
  if (model.view.zoomOut()) actions.moved();
}
