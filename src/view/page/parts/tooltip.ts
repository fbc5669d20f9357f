import type { Model } from '../data/model.ts';
import type { RowRef } from '../data/rows.ts';
import { byId, setText } from '../dom.ts';
import { formatElapsed, formatRate, formatSeconds, formatTime } from '../format.ts';
import type { Lines } from './lines.ts';
import type { RequestsPlot } from './requests-plot.ts';

/** Describes a request, beside the pointer and for screen readers. */
export class Tooltip {
  readonly #model: Model;
  readonly #requests: RequestsPlot;
  readonly #root: HTMLElement;

  constructor(model: Model, requests: RequestsPlot, root = byId('tooltip')) {
    this.#model = model;
    this.#requests = requests;
    this.#root = root;
  }

  /** Shows the request at the pointer, if there is one. */
  update(): void {
    const tooltip = this.#root;
    const ref = this.#model.hovered;
    tooltip.hidden = ref === undefined;
    if (ref === undefined) return;
    const texts = this.#describe(ref);
    while (tooltip.children.length < texts.length) tooltip.append(document.createElement('div'));
    for (const [i, text] of texts.entries()) setText(tooltip.children[i]!, text);
    const { x, y } = this.#requests.place(ref);
    const { width } = this.#requests.surface;
    const left = x + tooltip.offsetWidth + 20 > width ? x - tooltip.offsetWidth - 14 : x + 14;
    tooltip.style.transform = `translate(${Math.round(Math.max(4, left))}px, ${Math.round(Math.max(4, y - 30))}px)`;
  }

  /** Announces a request to screen readers. */
  announce(ref: RowRef): void {
    setText(byId('announce'), this.#describe(ref).join(', '));
  }

  #time(end: number): string {
    const { rows } = this.#model;
    return rows.baseMs === 0 ? `at ${formatElapsed(end, 6)}` : formatTime(rows.wall(end), 6);
  }

  #describe({ block, index }: RowRef): string[] {
    const { chunk } = block;
    const tags = this.#model.sets.tags[chunk.series[index]!] ?? {};
    return [
      `${tags.method ?? ''} ${tags.route ?? ''}`.trim(),
      `${tags.status === '0' ? 'no status' : `status ${tags.status ?? '–'}`} · ${tags.outcome ?? ''} · ${formatSeconds(chunk.duration[index]!)}`,
      `${tags.process ?? ''} · slot ${chunk.slot.get(index) || '–'} · ended ${this.#time(block.end[index]!)}`,
    ];
  }
}

/** Shows the values of the lines at the pointer. */
export function showValuesAtPointer(model: Model, lines: Lines): void {
  const at = model.cursor === undefined ? undefined : lines.at(model.cursor);
  const time = model.cursor === undefined ? '' : formatTime(model.rows.wall(model.cursor), 3);
  setText(byId('throughput-value'), at === undefined ? '' : `${formatRate(at.rate)} requests/s`);
  setText(
    byId('response-value'),
    at === undefined ? '' : `mean ${formatSeconds(at.mean)} · p95 ${formatSeconds(at.p95)}`,
  );
  setText(byId('cursor-time'), time);
}
