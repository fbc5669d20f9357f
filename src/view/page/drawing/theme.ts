import { byId, setText } from '../dom.ts';
import { type Colour, type Mark, markOf, SHAPES } from './marks.ts';

/** Colours for canvases, as in styles/theme.css. */
export interface Palette {
  readonly dark: boolean;
  /** By status class, then that of streams. */
  readonly classes: readonly Colour[];
  /** By rank of a route or process. The last one is for all others. */
  readonly ranks: readonly Colour[];
  readonly text: string;
  readonly dim: string;
  readonly grid: string;
  readonly panel: string;
  readonly accent: string;
  readonly throughput: string;
  readonly mean: string;
  readonly p95: string;
  readonly error: string;
}

type Choice = 'system' | 'light' | 'dark';
const CHOICES: readonly Choice[] = ['system', 'light', 'dark'];
const NAMES = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };

/** Follows the system's theme until the user selects one. */
export class Theme {
  palette: Palette;
  readonly #prefersDark = matchMedia('(prefers-color-scheme: dark)');
  readonly #changed: () => void;
  #choice: Choice;

  constructor(changed: () => void) {
    this.#changed = changed;
    const stored = localStorage.getItem('theme');
    this.#choice = CHOICES.find((choice) => choice === stored) ?? 'system';
    this.palette = this.#apply();
    this.#prefersDark.addEventListener('change', () => this.#set(this.#choice));
    byId('theme').addEventListener('click', () => {
      const next = CHOICES[(CHOICES.indexOf(this.#choice) + 1) % CHOICES.length]!;
      localStorage.setItem('theme', next);
      this.#set(next);
    });
  }

  #set(choice: Choice): void {
    this.#choice = choice;
    this.palette = this.#apply();
    this.#changed();
  }

  #apply(): Palette {
    const dark = this.#choice === 'dark' || (this.#choice === 'system' && this.#prefersDark.matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    setText(byId('theme-name'), NAMES[this.#choice]);
    const style = getComputedStyle(document.documentElement);
    const read = (name: string) => style.getPropertyValue(name).trim();
    return {
      dark,
      classes: [0, 1, 2, 3, 4, 5, 6].map((n) => colourOf(read(`--class-${n}`))),
      ranks: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => colourOf(read(`--rank-${n}`))),
      text: read('--text'),
      dim: read('--dim'),
      grid: read('--grid'),
      panel: read('--panel'),
      accent: read('--accent'),
      throughput: read('--class-0'),
      mean: read('--rank-1'),
      p95: read('--rank-3'),
      error: read('--class-3'),
    };
  }
}

function colourOf(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function cssOf([red, green, blue]: Colour, alpha = 1): string {
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/** The shape of each status class and rank, so that colour is not the only difference. */
const CLASS_SHAPES = ['dot', 'ring', 'triangle', 'diamond', 'cross', 'square', 'wedge'] as const;
const cache = new Map<string, Mark>();

/** The mark of a category: a status class or a rank. */
export function markFor(by: 'status' | 'rank', category: number, size: number): Mark {
  const shape = (by === 'status' ? CLASS_SHAPES[category] : SHAPES[category]) ?? 'dot';
  const key = `${shape} ${size}`;
  let mark = cache.get(key);
  if (mark === undefined) {
    mark = markOf(shape, size);
    cache.set(key, mark);
  }
  return mark;
}
