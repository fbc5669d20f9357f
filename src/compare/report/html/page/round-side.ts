import { type Actions, Model, type Parts } from '../../../../view/page/data/model.ts';
import { bucketOf } from '../../../../view/page/data/scale.ts';
import { type Summary, summarise } from '../../../../view/page/data/summary.ts';
import type { TagSets } from '../../../../view/page/data/tags.ts';
import type { View } from '../../../../view/page/data/view.ts';
import { element } from '../../../../view/page/dom.ts';
import type { Colouring } from '../../../../view/page/drawing/colouring.ts';
import { brushes } from '../../../../view/page/drawing/plot-controls.ts';
import type { Theme } from '../../../../view/page/drawing/theme.ts';
import { LanesPlot } from '../../../../view/page/parts/lanes-plot.ts';
import { RequestsPlot } from '../../../../view/page/parts/requests-plot.ts';
import { Tooltip } from '../../../../view/page/parts/tooltip.ts';
import type { PackedRows } from '../page-data.ts';
import { addRows, unpack } from './unpack.ts';

/** The requests of one round as dots and swimlanes, with the plots of the live view. */
export class RoundSide {
  readonly root: HTMLElement;
  readonly model: Model;
  readonly #heading = element('h3', {});
  readonly #note = element('p', { class: 'side-note' });
  readonly #requests: RequestsPlot;
  readonly #lanes: LanesPlot;
  readonly #tooltip: Tooltip;

  constructor(
    name: 'a' | 'b',
    view: View,
    theme: Theme,
    actionsOf: (side: RoundSide) => Actions,
    resized: () => void,
  ) {
    this.model = new Model(0, view);
    const parts: Parts = { model: this.model, theme, actions: actionsOf(this) };
    const said = element('small', { class: 'said', role: 'status', 'aria-live': 'off' });
    const lanesSaid = element('small', { class: 'said' });
    const tooltip = element('div', { class: 'tooltip', hidden: true });
    const dots = element(
      'div',
      {
        class: 'plot dots',
        tabindex: '0',
        role: 'application',
        'aria-label': `Requests of side ${name.toUpperCase()}, each at its end and response time`,
      },
      tooltip,
    );
    const lanes = element('div', {
      class: 'plot',
      tabindex: '0',
      role: 'application',
      'aria-label': 'A lane per process and slot, a bar per request',
    });
    const scroller = element(
      'div',
      { class: 'lanes-scroll lanes' },
      lanes,
      element('div', { class: 'lanes-size' }),
    );
    this.root = element(
      'div',
      { class: `round-side round-${name}` },
      this.#heading,
      this.#note,
      element('h4', {}, 'Requests ', said),
      dots,
      element('h4', {}, 'Slots ', lanesSaid),
      scroller,
    );
    this.#requests = new RequestsPlot(parts, resized, dots, said);
    this.#lanes = new LanesPlot(parts, resized, lanes, lanesSaid);
    this.#tooltip = new Tooltip(this.model, this.#requests, tooltip);
  }

  title(text: string, note: string): void {
    this.#heading.textContent = text;
    this.#note.textContent = note;
  }

  /** Shows other requests. The tag sets, and so the colours, are those of both sides. */
  async load(packed: PackedRows | undefined, sets: TagSets, colouring: Colouring): Promise<void> {
    const { model } = this;
    const columns = packed && (await unpack(packed));
    model.clear(0);
    this.#requests.cache.reset();
    this.#lanes.update();
    model.sets = sets;
    model.colouring = colouring;
    if (packed === undefined || columns === undefined) return;
    const first = sets.tags.length;
    sets.add(packed.tags.map((tags, i) => ({ id: first + i, tags })));
    addRows(model, columns, first);
  }

  /** Counts all of its requests. */
  summarise(): Summary {
    const { model } = this;
    model.refresh(true);
    const { blocks, minEnd, maxEnd, count } = model.rows;
    const span = count === 0 ? { from: 0, to: 1 } : { from: minEnd, to: maxEnd + 1 };
    const steps = summarise(
      blocks,
      {
        ...span,
        low: 0,
        high: Number.POSITIVE_INFINITY,
        matcher: model.tables.matcher,
        bucketMs: bucketOf(span),
        bucketOrigin: 0,
      },
      model.sets,
    );
    let step = steps.next();
    while (!step.done) step = steps.next();
    model.summary = step.value;
    this.#lanes.update();
    return step.value;
  }

  /** Draws all, or only what follows the pointer. */
  draw(all: boolean): void {
    if (all) {
      this.model.refresh(true);
      this.#requests.draw();
      this.#lanes.draw();
    }
    this.#requests.drawOverlay(brushes.get(this.#requests.surface));
    this.#lanes.drawOverlay(brushes.get(this.#lanes.surface));
    this.#tooltip.update();
  }
}
