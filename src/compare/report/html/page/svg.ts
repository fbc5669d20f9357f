type Attributes = Readonly<Record<string, string | number>>;

/** Creates an element of SVG. Strings become text nodes. */
export function svg(name: string, attributes: Attributes, ...content: (SVGElement | string)[]): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, typeof value === 'number' ? String(Math.round(value * 100) / 100) : value);
  }
  made.append(...content);
  return made;
}

/** Draws a chart whenever its element has another width. */
export function chart(
  root: HTMLElement,
  height: number,
  label: string,
  draw: (width: number) => SVGElement[],
): void {
  let drawn = 0;
  const redraw = () => {
    const width = root.clientWidth;
    if (width === drawn || width < 50) return;
    drawn = width;
    root.replaceChildren(
      svg(
        'svg',
        { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
        ...draw(width),
      ),
    );
  };
  new ResizeObserver(redraw).observe(root);
  redraw();
}

export function line(x1: number, y1: number, x2: number, y2: number, name: string): SVGElement {
  return svg('line', { x1, y1, x2, y2, class: name });
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end' = 'middle',
  name = 'label',
): SVGElement {
  return svg('text', { x, y, 'text-anchor': anchor, class: name }, content);
}
