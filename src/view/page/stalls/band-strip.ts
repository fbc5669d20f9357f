import type { Parts } from '../data/model.ts';
import { byId, element, setText } from '../dom.ts';
import { formatSeconds, formatTime } from '../format.ts';
import type { Band } from './band.ts';

/** The plots that the bands are drawn on. */
const PLOTS = ['throughput-plot', 'response-plot', 'requests-plot', 'lanes-plot'];

/** The least width of a button, and about that of a character, CSS pixels. */
const MIN_WIDTH = 9;
const CHARACTER_WIDTH = 6.4;

/** Draws bands: as buttons in a strip above the plots, and behind the data of each plot. */
export class BandStrip {
  readonly #parts: Parts;
  readonly #open: (band: Band) => void;
  readonly #layers: readonly HTMLElement[];
  readonly #strip = byId('bands-strip');
  #bands: readonly Band[] = [];
  #key = '';
  #place = '';

  /** @param open called when a band is clicked */
  constructor(parts: Parts, open: (band: Band) => void) {
    this.#parts = parts;
    this.#open = open;
    this.#layers = PLOTS.map((id) => {
      const layer = element('div', { class: 'bands', 'aria-hidden': 'true' });
      byId(id).prepend(layer);
      return layer;
    });
  }

  set(bands: readonly Band[]): void {
    this.#bands = bands;
    byId('bands-track').hidden = bands.length === 0;
    const key = JSON.stringify(bands.map(({ id, kind, seconds, exact }) => [id, kind, seconds, exact]));
    if (key !== this.#key) {
      this.#key = key;
      this.#place = '';
      for (const layer of this.#layers)
        layer.replaceChildren(...bands.map((band) => element('div', { class: `band ${classOf(band)}` })));
      this.#strip.replaceChildren(...bands.map((band) => this.#button(band)));
      setText(byId('bands-note'), noteOf(bands));
    }
    this.move();
  }

  /** Moves the bands with the view. */
  move(): void {
    const { from, to } = this.#parts.model.drawn.span;
    const ends = this.#bands.map((band) => `${band.from} ${band.to}`).join();
    const place = `${from} ${to} ${ends}`;
    if (place === this.#place) return;
    this.#place = place;
    this.#hideLabels(from, to);
    const share = (ms: number) => (100 * (Math.min(Math.max(ms, from), to) - from)) / (to - from);
    this.#bands.forEach((band, i) => {
      const [left, right] = [share(band.from), share(band.to)];
      for (const parent of [...this.#layers, this.#strip]) {
        const { style } = parent.children[i] as HTMLElement;
        style.left = `${left.toFixed(3)}%`;
        style.width = `${(right - left).toFixed(3)}%`;
      }
    });
  }

  /** A label would cover the next one if that is too close. */
  #hideLabels(from: number, to: number): void {
    const perMs = this.#strip.clientWidth / (to - from);
    const ends = this.#bands.map((band) =>
      Math.max((band.to - from) * perMs, (band.from - from) * perMs + MIN_WIDTH),
    );
    this.#bands.forEach((band, i) => {
      const label = this.#strip.children[i]!.firstElementChild as HTMLElement;
      const room = Math.min(
        this.#strip.clientWidth,
        ...this.#bands.slice(i + 1).map((next) => (next.from - from) * perMs),
      );
      const covered = ends.slice(0, i).some((end) => end > ends[i]!);
      label.hidden = covered || room - ends[i]! < labelOf(band).length * CHARACTER_WIDTH;
    });
  }

  #button(band: Band): HTMLElement {
    const { rows } = this.#parts.model;
    const button = element(
      'button',
      { type: 'button', class: `mark ${classOf(band)}`, title: describe(band, rows.baseMs) },
      element('span', {}, labelOf(band)),
    );
    button.addEventListener('click', () => this.#open(this.#bands.find(({ id }) => id === band.id) ?? band));
    return button;
  }
}

function classOf({ kind, exact }: Band): string {
  return exact ? kind : `${kind} vague`;
}

function labelOf({ kind, seconds }: Band): string {
  switch (kind) {
    case 'blocked':
      return `blocked ${formatSeconds(seconds)}`;
    case 'silence':
      return 'nothing recorded';
    case 'start':
      return '▶ start';
    case 'stop':
      return '■ stop';
  }
}

/** What a band says, as a sentence. */
export function describe(band: Band, baseMs: number): string {
  const at = (ms: number) => formatTime(baseMs + ms, 2);
  switch (band.kind) {
    case 'blocked':
      return band.exact
        ? `The event loop of ${band.group} was blocked for ${formatSeconds(band.seconds)}, from ${at(band.from)} to ${at(band.to)}`
        : `The event loop of ${band.group} was blocked for ${formatSeconds(band.seconds)}, at some time from ${at(band.from)} to ${at(band.to)}`;
    case 'silence':
      return `No request ended from ${at(band.from)} to ${at(band.to)}`;
    default:
      return `${at(band.from)} ${band.text}`;
  }
}

function noteOf(bands: readonly Band[]): string {
  const count = (kind: Band['kind']) => bands.filter((band) => band.kind === kind).length;
  const blocked = count('blocked');
  const parts = [
    blocked > 0 && `${blocked} blocked loop${blocked === 1 ? '' : 's'}`,
    count('silence') > 0 && `${count('silence')} without requests`,
    count('start') > 0 && `${count('start')} started`,
    count('stop') > 0 && `${count('stop')} ended`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
