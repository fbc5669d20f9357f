import type { Interval, PageData } from '../page-data.ts';
import { chart, line, svg, text } from './svg.ts';

/** Ratios with labels, where they fit. */
const TICKS = [
  ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995],
  ...[1, 1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100],
];
/** Between labels, px. */
const LEAST_GAP = 46;
const LEFT = 76;
const RIGHT = 16;
const STRIP = 62;
const TOP = 22;

/** The ratio of each pair as a dot, over the interval of their median: B over A, and A over A. */
export function drawRatios(root: HTMLElement, data: PageData, choose: (pair: number) => void): void {
  const { pairs, ratio, aa } = data;
  if (pairs.length === 0) {
    root.textContent = 'No pair of rounds counts.';
    return;
  }
  const strips = [
    { name: 'B over A', side: 'b', interval: ratio, of: (pair: (typeof pairs)[number]) => pair.b / pair.a },
    { name: 'A over A', side: 'a', interval: aa, of: (pair: (typeof pairs)[number]) => pair.aAgain / pair.a },
  ];
  const all = strips.flatMap(({ interval, of }) => [
    ...pairs.map(of),
    ...(interval === null ? [] : [interval.low, interval.high]),
  ]);
  // The same distance on both sides of 1, so that where 1 lies needs no reading.
  const most = Math.max(...all.map((value) => Math.abs(Math.log(value))), Math.log(1.02)) * 1.12;
  const height = TOP + strips.length * STRIP + 26;
  chart(root, height, 'Ratios of the pairs', (width) => {
    const inner = width - LEFT - RIGHT;
    const x = (value: number) => LEFT + ((Math.log(value) / most + 1) / 2) * inner;
    const bottom = TOP + strips.length * STRIP;
    const [less, more] = data.isMoreBetter ? ['B is worse', 'B is better'] : ['B is better', 'B is worse'];
    return [
      ...ticks(x, most).flatMap((value) => [
        line(x(value), TOP, x(value), bottom, value === 1 ? 'one' : 'grid'),
        text(x(value), bottom + 16, String(value), 'middle', value === 1 ? 'label strong' : 'label'),
      ]),
      text(x(1) - 12, 14, `← ${less}`, 'end'),
      text(x(1) + 12, 14, `${more} →`, 'start'),
      ...strips.flatMap(({ name, side, interval, of }, i) => {
        const top = TOP + i * STRIP;
        return [
          text(LEFT - 12, top + STRIP / 2 + 4, name, 'end', 'label strong'),
          ...(interval === null ? [] : band(interval, x, top, side)),
          ...pairs.map((pair, n) => {
            const y = top + 10 + ((n + 0.5) / pairs.length) * (STRIP - 20);
            const values = `pair ${pair.round}: ${of(pair).toFixed(3)}`;
            const dot = svg(
              'circle',
              { cx: x(of(pair)), cy: y, r: 4.5, class: `dot-${side}` },
              svg('title', {}, values),
            );
            dot.addEventListener('click', () => choose(pair.round));
            return dot;
          }),
        ];
      }),
    ];
  });
}

function band(
  { estimate, low, high }: Interval,
  x: (value: number) => number,
  top: number,
  side: string,
): SVGElement[] {
  const [left, right] = [x(low), x(high)];
  return [
    svg('rect', {
      x: left,
      y: top + 5,
      width: Math.max(1, right - left),
      height: STRIP - 10,
      rx: 3,
      class: `band-${side}`,
    }),
    line(x(estimate), top + 5, x(estimate), top + STRIP - 5, `estimate-${side}`),
  ];
}

/** The ticks that have room; 1 first, then outwards. */
function ticks(x: (value: number) => number, most: number): number[] {
  const kept = [1];
  for (const direction of [1, -1]) {
    const side = TICKS.filter(
      (value) => Math.log(value) * direction > 0 && Math.abs(Math.log(value)) <= most,
    );
    side.sort((a, b) => (a - b) * direction);
    let last = x(1);
    for (const value of side) {
      if (Math.abs(x(value) - last) < LEAST_GAP) continue;
      kept.push(value);
      last = x(value);
    }
  }
  return kept;
}
