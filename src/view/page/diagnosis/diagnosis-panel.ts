import { compile, NO_FILTER } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import { button, byId, element, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import type { Band } from '../stalls/band.ts';
import { diagnose } from './diagnose.ts';
import { blockedIn, collect, type Facts, MAX_EXAMINED } from './facts.ts';
import { type Finding, textOf } from './finding.ts';

/** The length of a slice of computation between drawing, ms. */
const SLICE_MS = 4;
/** The shortest time between two computations, which take at most a twentieth of the time. */
const PAUSE_MS = 1000;
const SHARE = 20;

/** Sentences about what stands out in the time in view, whatever the filter. */
export class DiagnosisPanel {
  readonly #parts: Parts;
  readonly #bands: () => readonly Band[];
  #work: Generator<void, Facts> | undefined;
  #next = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #costMs = 0;
  #shown = '';

  /** @param bands the bands in view */
  constructor(parts: Parts, bands: () => readonly Band[]) {
    this.#parts = parts;
    this.#bands = bands;
  }

  /** What is in view has changed. */
  update(): void {
    if (this.#work !== undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#begin(), Math.max(0, this.#next - performance.now()));
  }

  #begin(): void {
    this.#timer = undefined;
    const { rows, drawn, sets, texts } = this.#parts.model;
    this.#costMs = 0;
    const bands = this.#bands();
    const query = { ...drawn.span, matcher: compile(NO_FILTER, sets, texts) };
    this.#work = collect([...rows.blocks], query, sets, blockedIn(bands, sets));
    this.#step(this.#work, bands);
  }

  #step(work: Generator<void, Facts>, bands: readonly Band[]): void {
    const start = performance.now();
    while (performance.now() - start < SLICE_MS) {
      const { done, value } = work.next();
      if (!done) continue;
      this.#work = undefined;
      const { model } = this.#parts;
      // Another server's requests have other tag sets.
      if (value.sets === model.sets)
        this.#show(diagnose(value, model.rows, { bands, open: model.open, now: model.now }), value.total);
      this.#costMs += performance.now() - start;
      this.#next = performance.now() + Math.max(PAUSE_MS, SHARE * this.#costMs);
      return;
    }
    this.#costMs += performance.now() - start;
    setTimeout(() => this.#step(work, bands), 0);
  }

  #show(findings: readonly Finding[], total: number): void {
    const root = byId('diagnosis');
    root.hidden = total === 0 && findings.length === 0;
    const examined = total >= MAX_EXAMINED ? `the newest ${formatCount(total)}` : formatCount(total);
    setText(
      byId('diagnosis-none'),
      findings.length > 0 ? '' : `Nothing stands out among ${examined} request${total === 1 ? '' : 's'}.`,
    );
    const key = JSON.stringify(findings.map((finding) => [textOf(finding), finding.span]));
    if (key === this.#shown) return;
    this.#shown = key;
    root.dataset.findings = String(findings.length);
    byId('findings').replaceChildren(...findings.map((finding) => this.#item(finding)));
  }

  #item(finding: Finding): HTMLElement {
    const { model, actions } = this.#parts;
    const text = finding.sentence.map((part) =>
      typeof part === 'string' ? part : element('strong', {}, part.name),
    );
    const show = button('Show', { class: 'link', 'aria-label': `Show: ${textOf(finding)}` }, () => {
      if (finding.span !== undefined) model.view.zoomTo(finding.span, undefined);
      actions.setFilter({ values: finding.filter, text: '' });
    });
    return element('li', { 'data-rule': finding.rule }, element('span', {}, ...text), ' ', show);
  }
}
