import { valueTicks } from '../../../../view/page/data/scale.ts';
import { shortSeconds } from '../../../../view/page/drawing/surface.ts';
import { BINS_PER_DECADE, type Histogram, type PageData, secondsOfBin } from '../page-data.ts';
import { chart, line, svg, text } from './svg.ts';

const HEIGHT = 280;
const AREA = { left: 58, right: 14, top: 24, bottom: 26 };
/** Least width of a bar, px. Of few requests they are wider. */
const BAR = 3;

const totalOf = ({ counts }: Histogram) => counts.reduce((sum, count) => sum + count, 0);
const SIDES = ['a', 'b'] as const;

/** Both sides' response times on one axis of logarithms. */
export function drawDistribution(root: HTMLElement, { response, names }: PageData): void {
  const drawn = SIDES.filter((side) => totalOf(response[side]) > 0);
  if (drawn.length === 0) return void root.append('No request was answered.');
  const first = Math.min(...drawn.map((side) => response[side].first)) - 3;
  const last = Math.max(...drawn.map((side) => response[side].first + response[side].counts.length)) + 3;
  chart(root, HEIGHT, `Distribution of response times of ${names.a} and ${names.b}`, (width) => {
    const { left, right, top, bottom } = AREA;
    const inner = width - left - right;
    const floor = HEIGHT - bottom;
    const x = (bin: number) => left + ((bin - first) / (last - first)) * inner;
    const fewest = Math.min(...drawn.map((side) => totalOf(response[side])));
    const bars = Math.min(inner / BAR, 3 * Math.sqrt(fewest));
    const perBar = Math.max(1, Math.ceil((last - first) / bars));
    const shares = drawn.map((side) => ({ side, bars: barsOf(response[side], first, last, perBar) }));
    const most = Math.max(...shares.flatMap(({ bars }) => bars));
    const y = (share: number) => floor - (share / most) * (floor - top);
    const axis = { kind: 'log', low: secondsOfBin(first), high: secondsOfBin(last) } as const;
    const labelled = timeTicks(axis, inner);
    const xOf = (seconds: number) => x(Math.log10(seconds) * BINS_PER_DECADE);
    return [
      ...labelled.flatMap((value) => [
        line(xOf(value), top, xOf(value), floor, 'grid'),
        text(xOf(value), floor + 17, shortSeconds(value)),
      ]),
      ...[0.5, 1].flatMap((part) => [
        line(left, y(part * most), width - right, y(part * most), 'grid'),
        text(left - 8, y(part * most) + 4, percent(part * most), 'end'),
      ]),
      line(left, floor, width - right, floor, 'axis'),
      ...shares.flatMap(({ side, bars }) => {
        const steps = bars.map((share, i) => {
          const [from, to] = [x(first + i * perBar), x(first + (i + 1) * perBar)];
          return `L${from.toFixed(1)} ${y(share).toFixed(1)}L${to.toFixed(1)} ${y(share).toFixed(1)}`;
        });
        const edge = steps.join('').slice(1);
        return [
          svg('path', { d: `M${x(first)} ${floor}L${edge}L${x(last)} ${floor}Z`, class: `area-${side}` }),
          svg('path', { d: `M${edge}`, class: `curve-${side}` }),
        ];
      }),
      ...shares.flatMap(({ side }, i) => {
        const middle = quantileOf(response[side], 0.5);
        const label = `${side.toUpperCase()}  median ${shortSeconds(Number(middle.toPrecision(3)))}`;
        return [
          line(xOf(middle), top, xOf(middle), floor, `median-${side}`),
          text(left + i * Math.min(180, inner / 2), 12, label, 'start', `label text-${side}`),
        ];
      }),
    ];
  });
}

/** Both sides' response time by percentile. The axis of percentiles widens towards the slowest. */
export function drawPercentiles(root: HTMLElement, { response, names }: PageData): void {
  const drawn = SIDES.filter((side) => totalOf(response[side]) > 0);
  if (drawn.length === 0) return void root.append('No request was answered.');
  const nines = Math.max(1, ...drawn.map((side) => Math.log10(totalOf(response[side]))));
  const marks = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
  chart(root, HEIGHT, `Percentiles of the response times of ${names.a} and ${names.b}`, (width) => {
    const { left, right, top, bottom } = AREA;
    const inner = width - left - right;
    const floor = HEIGHT - bottom;
    const x = (q: number) => left + (Math.min(nines, -Math.log10(1 - q)) / nines) * inner;
    const curves = drawn.map((side) => ({ side, points: curveOf(response[side], nines) }));
    const values = curves.flatMap(({ points }) => points.map(([, seconds]) => seconds));
    const scale = { kind: 'log', low: Math.min(...values) / 1.15, high: Math.max(...values) * 1.25 } as const;
    const y = (seconds: number) =>
      top + (Math.log(scale.high / seconds) / Math.log(scale.high / scale.low)) * (floor - top);
    return [
      ...valueTicks(scale, floor - top).flatMap(({ value, major }) => [
        line(left, y(value), width - right, y(value), major ? 'grid' : 'grid faint'),
        ...(major ? [text(left - 8, y(value) + 4, shortSeconds(value), 'end')] : []),
      ]),
      ...marks
        .filter((q) => -Math.log10(1 - q) <= nines + 1e-9)
        .flatMap((q) => [
          line(x(q), top, x(q), floor, 'grid'),
          text(x(q), floor + 17, `p${Number((100 * q).toFixed(4))}`),
        ]),
      line(left, floor, width - right, floor, 'axis'),
      ...curves.map(({ side, points }) =>
        svg('path', {
          d: `M${points.map(([q, seconds]) => `${x(q).toFixed(1)} ${y(seconds).toFixed(1)}`).join('L')}`,
          class: `curve-${side}`,
        }),
      ),
      ...curves.map(({ side }, i) =>
        text(
          left + 10,
          top + 12 + 16 * i,
          `${side.toUpperCase()}  ${shortened(names[side])}`,
          'start',
          `label text-${side}`,
        ),
      ),
    ];
  });
}

/** The share of the requests in each bar. */
function barsOf(histogram: Histogram, first: number, last: number, perBar: number): number[] {
  const bars = new Array<number>(Math.ceil((last - first) / perBar)).fill(0);
  const total = totalOf(histogram);
  histogram.counts.forEach((count, i) => {
    bars[Math.floor((histogram.first + i - first) / perBar)]! += count / total;
  });
  return bars;
}

/** Percentiles with their response times, from the fastest request to the slowest. */
function curveOf(histogram: Histogram, nines: number): [number, number][] {
  const total = totalOf(histogram);
  const points: [number, number][] = [];
  let below = 0;
  histogram.counts.forEach((count, i) => {
    if (count === 0) return;
    const seconds = secondsOfBin(histogram.first + i + 0.5);
    points.push([below / total, seconds]);
    below += count;
    points.push([Math.min(below / total, 1 - 10 ** -nines), seconds]);
  });
  return points;
}

function quantileOf(histogram: Histogram, q: number): number {
  const rank = q * totalOf(histogram);
  let sum = 0;
  const bin = histogram.counts.findIndex((count) => {
    sum += count;
    return sum >= rank;
  });
  return secondsOfBin(histogram.first + bin + 0.5);
}

/** Times with a label on a horizontal axis: as many as there is room for. */
function timeTicks(axis: { kind: 'log'; low: number; high: number }, width: number): number[] {
  const decades = Math.log10(axis.high / axis.low);
  const digits = width / decades > 260 ? [1, 2, 5] : width / decades > 130 ? [1, 3] : [1];
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(axis.low)); exponent <= Math.log10(axis.high); exponent++) {
    for (const digit of digits) {
      const value = Number(`${digit}e${exponent}`);
      if (value >= axis.low && value <= axis.high) ticks.push(value);
    }
  }
  return ticks;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

const MAX_NAME = 40;

function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}
