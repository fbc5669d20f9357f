import type { Actions } from '../../../../view/page/data/model.ts';
import { scaleAround } from '../../../../view/page/data/scale.ts';
import type { Summary } from '../../../../view/page/data/summary.ts';
import { TagSets } from '../../../../view/page/data/tags.ts';
import { View } from '../../../../view/page/data/view.ts';
import { button, element } from '../../../../view/page/dom.ts';
import { type ColourBy, Colouring } from '../../../../view/page/drawing/colouring.ts';
import { lastBefore, neighbour } from '../../../../view/page/drawing/find.ts';
import type { Theme } from '../../../../view/page/drawing/theme.ts';
import { formatCount } from '../../../../view/page/format.ts';
import { iconOf } from '../../../../view/page/parts/legend.ts';
import type { PackedRows, PageData, RoundEntry, SeenBy } from '../page-data.ts';
import { RoundSide } from './round-side.ts';
import { packedRows } from './unpack.ts';

type Other = 'b' | 'a again';

/** Any pair of rounds, both sides beside each other on the same axes. */
export class Rounds {
  readonly #data: PageData;
  readonly #theme: Theme;
  readonly #root: HTMLElement;
  readonly #view = new View();
  readonly #sides: readonly [RoundSide, RoundSide];
  readonly #pairs: HTMLSelectElement;
  readonly #legend = element('div', { class: 'legend' });
  #other: Other = 'b';
  #seenBy: SeenBy = 'server';
  #by: ColourBy = 'status';
  #colouring = new Colouring(new TagSets());
  #isStale = false;
  #scheduled = false;
  #loading = 0;

  constructor(root: HTMLElement, data: PageData, theme: Theme) {
    this.#data = data;
    this.#theme = theme;
    this.#root = root;
    this.#view.pause();
    const side = (name: 'a' | 'b') =>
      new RoundSide(
        name,
        this.#view,
        theme,
        (own) => this.#actions(own),
        () => this.redraw(),
      );
    this.#sides = [side('a'), side('b')];
    const numbers = [...new Set(data.rounds.map(({ pair }) => pair))];
    const isVoid = (pair: number) => data.rounds.some((round) => round.pair === pair && round.isVoid);
    this.#pairs = select(
      numbers.map((pair) => [String(pair), `Pair ${pair}${isVoid(pair) ? ', does not count' : ''}`]),
      () => void this.#load(),
    );
    const step = (by: number) => () => {
      this.#pairs.selectedIndex = Math.min(numbers.length - 1, Math.max(0, this.#pairs.selectedIndex + by));
      void this.#load();
    };
    root.append(
      element(
        'h2',
        {},
        'One pair of rounds ',
        element(
          'small',
          {},
          'each request, from the start of the measured part; drag or wheel zooms both sides, double click goes back',
        ),
      ),
      element(
        'div',
        { class: 'choices-row' },
        button('‹', { 'aria-label': 'The pair before' }, step(-1)),
        this.#pairs,
        button('›', { 'aria-label': 'The next pair' }, step(1)),
        select(
          [
            ['b', 'A and B'],
            ['a again', 'A and A again'],
          ],
          (value) => {
            this.#other = value as Other;
            void this.#load();
          },
        ),
        select(
          [
            ['server', 'as the server recorded them'],
            ['client', 'as the client saw them'],
          ],
          (value) => {
            this.#seenBy = value as SeenBy;
            void this.#load();
          },
        ),
        select(
          [
            ['status', 'colour: status'],
            ['route', 'colour: route'],
            ['process', 'colour: process'],
          ],
          (value) => {
            this.#by = value as ColourBy;
            this.#colour();
          },
        ),
        this.#legend,
      ),
      element('div', { class: 'round-sides' }, this.#sides[0].root, this.#sides[1].root),
    );
    root.hidden = false;
  }

  /** Shows a pair, and scrolls there. */
  choose(pair: number): void {
    this.#pairs.value = String(pair);
    this.#root.scrollIntoView({ behavior: 'smooth', block: 'start' });
    void this.#load();
  }

  start(): void {
    const { pairs } = this.#data;
    const first = pairs[0]?.round;
    if (first !== undefined) this.#pairs.value = String(first);
    void this.#load();
  }

  /** The colours are others. */
  recolour(): void {
    this.#colour();
  }

  redraw(): void {
    this.#isStale = true;
    this.#schedule();
  }

  async #load(): Promise<void> {
    const pair = Number(this.#pairs.value);
    const loading = ++this.#loading;
    const sets = new TagSets();
    this.#colouring = new Colouring(sets);
    const parts: readonly RoundEntry['part'][] = ['a', this.#other];
    for (const [i, side] of this.#sides.entries()) {
      const { packed, note } = this.#rowsOf(pair, parts[i]!);
      await side.load(packed, sets, this.#colouring);
      if (loading !== this.#loading) return; // another was chosen meanwhile
      side.title(this.#titleOf(pair, parts[i]!), note);
    }
    this.#fit();
    this.#colour();
    this.#root.dataset.pair = String(pair);
    this.#root.dataset.rows = this.#sides.map(({ model }) => model.rows.count).join(' ');
  }

  #rowsOf(pair: number, part: RoundEntry['part']): { packed: PackedRows | undefined; note: string } {
    const own = packedRows({ pair, part }, this.#seenBy);
    const packed = own ?? packedRows({ pair, part }, 'client');
    const notes: string[] = [];
    if (packed === undefined) notes.push('There are no requests of this round.');
    else if (own === undefined) notes.push('The server wrote no points: as the client saw them.');
    if (packed !== undefined && packed.count < packed.of) {
      notes.push(
        `${formatCount(packed.count)} of ${formatCount(packed.of)} requests are in this page, evenly left out.`,
      );
    }
    return { packed, note: notes.join(' ') };
  }

  #titleOf(pair: number, part: RoundEntry['part']): string {
    const { names, rounds } = this.#data;
    const entry = rounds.find((round) => round.pair === pair && round.part === part);
    const name = part === 'b' ? `B  ${names.b}` : `A  ${names.a}${part === 'a again' ? ', again' : ''}`;
    return `${name}${entry?.isVoid ? ' (this pair does not count)' : ''}`;
  }

  /** The same axes for both: from the start to the last end, from the fastest request to the slowest. */
  #fit(): void {
    const blocks = this.#sides.flatMap(({ model }) => model.rows.blocks);
    const [min, max, end] = [
      Math.min(...blocks.map(({ minDuration }) => minDuration)),
      Math.max(0, ...blocks.map(({ maxDuration }) => maxDuration)),
      Math.max(1, ...blocks.map(({ maxEnd }) => maxEnd)),
    ];
    const { low, high } = scaleAround('log', Number.isFinite(min) ? min : 1e-3, max || 1);
    this.#view.live();
    this.#view.pause();
    this.#view.span = { from: 0, to: end * 1.005 };
    this.#view.range = { low, high };
  }

  #colour(): void {
    const summaries = this.#sides.map((side) => side.summarise());
    this.#colouring.set(this.#by, undefined);
    for (const summary of summaries) this.#colouring.rank(summary);
    this.#showLegend(summaries);
    this.redraw();
  }

  #showLegend(summaries: readonly Summary[]): void {
    const colours = this.#colouring.colours(this.#theme.palette);
    const entries = new Map<number, string>();
    for (const summary of summaries) {
      for (const { category, name, count } of this.#colouring.legend(summary))
        if (count > 0) entries.set(category, name);
    }
    this.#legend.replaceChildren(
      ...[...entries].map(([category, name]) =>
        element('span', { class: 'legend-item' }, iconOf(this.#by, category, colours[category]!), name),
      ),
    );
  }

  #actions(own: RoundSide): Actions {
    const { model } = own;
    return {
      moved: () => this.redraw(),
      setFilter: () => {},
      hover: (ref, cursor) => {
        model.hovered = ref;
        for (const side of this.#sides) side.model.cursor = cursor;
        this.#schedule();
      },
      select: (ref) => {
        model.selected = ref;
        model.hovered = ref;
        this.#schedule();
      },
      step: (direction) => {
        const { selected, rows, tables, drawn } = model;
        const next =
          selected === undefined
            ? lastBefore(rows, tables.matcher, drawn.span.to)
            : neighbour(rows, tables.matcher, selected, direction);
        if (next === undefined) return;
        model.selected = next;
        model.hovered = next;
        this.#schedule();
      },
    };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      for (const side of this.#sides) side.draw(this.#isStale);
      this.#isStale = false;
    });
  }
}

function select(
  options: readonly (readonly [string, string])[],
  chosen: (value: string) => void,
): HTMLSelectElement {
  const made = element('select', {}, ...options.map(([value, name]) => element('option', { value }, name)));
  made.addEventListener('change', () => chosen(made.value));
  return made;
}
