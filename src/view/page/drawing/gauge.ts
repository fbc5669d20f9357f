import { byId, setText } from '../dom.ts';

const SVG = 'http://www.w3.org/2000/svg';
const RADIUS = 40;

/** An arc from 0 to a round maximum, with a mark for a second value. */
export class Gauge {
  readonly #root: HTMLElement;
  readonly #value: SVGPathElement;
  readonly #mark: SVGPathElement;
  readonly #number: Element;
  readonly #max: Element;

  constructor(id: string, name: string) {
    this.#root = byId(id);
    const svg = create('svg', { viewBox: '0 0 100 62', class: 'gauge', 'aria-hidden': 'true' });
    svg.append(create('path', { d: arc(0, 1), class: 'gauge-track' }));
    this.#value = create('path', { d: '', class: `gauge-value ${name}` }) as SVGPathElement;
    this.#mark = create('path', { d: '', class: 'gauge-mark' }) as SVGPathElement;
    this.#number = create('text', { x: '50', y: '48', class: 'gauge-number' });
    const zero = create('text', { x: '10', y: '60', class: 'gauge-end' });
    zero.textContent = '0';
    this.#max = create('text', { x: '90', y: '60', class: 'gauge-end' });
    svg.append(this.#value, this.#mark, this.#number, zero, this.#max);
    this.#root.prepend(svg);
  }

  /**
   * @param formatEnd formats the end of the scale
   * @param spoken text for screen readers
   */
  show(
    value: number,
    mark: number,
    max: number,
    format: (value: number) => string,
    formatEnd: (value: number) => string,
    spoken: string,
  ): void {
    const part = (of: number) => (Number.isFinite(of) && max > 0 ? Math.min(1, Math.max(0, of / max)) : 0);
    const end = part(value);
    this.#value.setAttribute('d', end > 0.002 ? arc(0, end) : '');
    this.#mark.setAttribute('d', Number.isFinite(mark) ? tick(part(mark)) : '');
    setText(this.#number, format(value));
    setText(this.#max, formatEnd(max));
    this.#root.setAttribute('aria-label', spoken);
  }
}

function create(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function point(part: number, radius: number): string {
  const angle = Math.PI * (1 - part);
  return `${(50 + Math.cos(angle) * radius).toFixed(2)} ${(50 - Math.sin(angle) * radius).toFixed(2)}`;
}

function arc(from: number, to: number): string {
  return `M${point(from, RADIUS)}A${RADIUS} ${RADIUS} 0 0 1 ${point(to, RADIUS)}`;
}

function tick(part: number): string {
  return `M${point(part, RADIUS - 6)}L${point(part, RADIUS + 6)}`;
}
