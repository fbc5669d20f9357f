import type { Parts } from '../data/model.ts';
import { byId } from '../dom.ts';
import type { ColourBy } from '../drawing/colouring.ts';
import { zoomOut } from '../drawing/plot-controls.ts';
import type { Legend } from '../parts/legend.ts';

/** Connects the choices beside the plot: what colours stand for, the scale of response times, and zooming out. */
export function connectChoices(parts: Parts, legend: Legend): void {
  const { model, actions } = parts;
  byId<HTMLSelectElement>('colour-by').addEventListener('change', (event) => {
    model.colouring.set((event.target as HTMLSelectElement).value as ColourBy, model.summary);
    model.refresh(true);
    legend.update();
    actions.moved();
  });
  byId<HTMLSelectElement>('value-scale').addEventListener('change', (event) => {
    model.view.kind = (event.target as HTMLSelectElement).value as 'log' | 'linear';
    actions.moved();
  });
  byId('zoom-out').addEventListener('click', () => zoomOut(parts, actions));
}
