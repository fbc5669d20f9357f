import uPlot from '/vendor/uPlot.esm.js';
import type { Parts } from '../data/model.ts';
import { lineScale, positionOf, timeTicks, type ValueScale, valueAt, valueTicks } from '../data/scale.ts';
import type { Summary } from '../data/summary.ts';
import { byId } from '../dom.ts';
import { GUTTER_LEFT, GUTTER_RIGHT, shortSeconds } from '../drawing/surface.ts';
import { formatRate } from '../format.ts';

/** Writers send once a second. Later intervals are incomplete, and would look like a drop. */
const LATE_MS = 1300;

/** The gauge shows the mean of this time, so that a pause between two batches is no standstill. */
const RECENT_MS = 5000;

interface Values {
  readonly times: number[];
  readonly rate: (number | null)[];
  readonly errors: (number | null)[];
  readonly mean: (number | null)[];
  readonly p95: (number | null)[];
}

/** The line charts: requests per second, and mean and 95th percentile of response times. */
export class Lines {
  readonly #parts: Parts;
  #throughput: uPlot | undefined;
  #response: uPlot | undefined;
  #values: Values = { times: [], rate: [], errors: [], mean: [], p95: [] };
  #range = '';
  /** The axis of response times. The chart itself is linear: its values are positions on this scale. */
  #scale: ValueScale = lineScale('linear', 0, 0);

  constructor(parts: Parts) {
    this.#parts = parts;
    this.build();
    for (const id of ['throughput-plot', 'response-plot']) {
      new ResizeObserver(() => this.#resize()).observe(byId(id));
    }
  }

  /** Creates the charts, in the colours of the theme. */
  build(): void {
    const { palette } = this.#parts.theme;
    this.#throughput?.destroy();
    this.#response?.destroy();
    const rates = () => lineScale('linear', 0, this.greatestRate);
    this.#throughput = this.#chart('throughput-plot', rates, formatRate, [
      { label: 'requests/s', stroke: palette.throughput, fill: `${palette.throughput}26`, width: 1.5 },
      { label: '5xx/s', stroke: palette.error, width: 1.5, dash: [4, 3] },
    ]);
    this.#response = this.#chart('response-plot', () => this.#scale, shortSeconds, [
      { label: 'p95', stroke: palette.p95, width: 1.5, dash: [6, 3] },
      { label: 'mean', stroke: palette.mean, width: 1.5 },
    ]);
    this.#show();
  }

  /** Shows new values, without buckets that may still grow. */
  update(summary: Summary | undefined): void {
    if (summary === undefined) return;
    const { ms, from, count, errors, mean, p95 } = summary.buckets;
    const { model } = this.#parts;
    const complete = model.now - LATE_MS;
    const values: Values = { times: [], rate: [], errors: [], mean: [], p95: [] };
    const seen = model.rows.minEnd;
    for (let i = 0; i < count.length; i++) {
      const start = from + i * ms;
      if (start + ms > complete) break;
      // Buckets before the first request in memory are unknown, not 0.
      if (start < seen && from + count.length * ms > seen + 2 * ms) continue;
      values.times.push(start + ms / 2);
      values.rate.push((count[i]! * 1000) / ms);
      values.errors.push((errors[i]! * 1000) / ms);
      values.mean.push(Number.isNaN(mean[i]) ? null : mean[i]!);
      values.p95.push(Number.isNaN(p95[i]) ? null : p95[i]!);
    }
    this.#values = values;
    const known = [...values.mean, ...values.p95].filter((value) => value !== null);
    const least = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const greatest = known.reduce((a, b) => Math.max(a, b), 0);
    this.#scale = lineScale(model.view.kind, least, greatest);
    byId('response-plot').dataset.scale = this.#scale.kind;
    this.#show();
  }

  /** Mean requests/s of the last complete buckets, of {@link RECENT_MS} together, and their length. */
  get recentRate(): { rate: number; ms: number } {
    const { rate } = this.#values;
    const bucketMs = this.#parts.model.summary?.buckets.ms ?? RECENT_MS;
    const recent = rate.slice(-Math.max(1, Math.ceil(RECENT_MS / bucketMs)));
    const sum = recent.reduce<number>((all, one) => all + (one ?? 0), 0);
    return { rate: sum / recent.length, ms: recent.length * bucketMs };
  }

  get greatestRate(): number {
    return this.#values.rate.reduce<number>((max, rate) => Math.max(max, rate ?? 0), 0);
  }

  /** The values at a time, for the legend. */
  at(ms: number): { rate: number; mean: number; p95: number } | undefined {
    const { times, rate, mean, p95 } = this.#values;
    const bucket = this.#parts.model.summary?.buckets.ms ?? 0;
    const i = times.findIndex((time) => Math.abs(time - ms) <= bucket / 2);
    if (i < 0) return undefined;
    return { rate: rate[i]!, mean: mean[i] ?? Number.NaN, p95: p95[i] ?? Number.NaN };
  }

  /** Moves the time axes with the view. */
  move(): void {
    const { from, to } = this.#parts.model.drawn.span;
    const range = `${from} ${to}`;
    if (range === this.#range) return;
    this.#range = range;
    this.#throughput?.setScale('x', { min: from, max: to });
    this.#response?.setScale('x', { min: from, max: to });
  }

  cursor(ms: number | undefined): void {
    for (const chart of [this.#throughput, this.#response]) {
      if (chart === undefined) continue;
      chart.setCursor({ left: ms === undefined ? -10 : chart.valToPos(ms, 'x'), top: 0 }, false);
    }
  }

  #show(): void {
    const { times, rate, errors, mean, p95 } = this.#values;
    const { from, to } = this.#parts.model.drawn.span;
    const placed = (values: (number | null)[], scale: ValueScale) =>
      values.map((value) => (value === null ? null : 1 - positionOf(scale, value)));
    const rates = lineScale('linear', 0, this.greatestRate);
    for (const [chart, data] of [
      [this.#throughput, [times, placed(rate, rates), placed(errors, rates)]],
      [this.#response, [times, placed(p95, this.#scale), placed(mean, this.#scale)]],
    ] as const) {
      chart?.batch(() => {
        chart.setData(data as unknown as uPlot.AlignedData, false);
        chart.setScale('x', { min: from, max: to });
        // The labels of the values change, though the positions are from 0 to 1 as before.
        chart.redraw(false, true);
      });
    }
  }

  #resize(): void {
    for (const chart of [this.#throughput, this.#response]) {
      const box = chart?.root.parentElement;
      if (chart && box) chart.setSize({ width: box.clientWidth, height: box.clientHeight });
    }
  }

  /** @param scaleOf the scale of its values, which are drawn as positions: 0 is the bottom, 1 the top */
  #chart(
    id: string,
    scaleOf: () => ValueScale,
    format: (value: number) => string,
    series: uPlot.Series[],
  ): uPlot {
    const { theme, model } = this.#parts;
    const { palette } = theme;
    const root = byId(id);
    const axis = {
      stroke: palette.dim,
      font: '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
      grid: { stroke: palette.grid, width: 1 },
      ticks: { show: false },
    };
    const options: uPlot.Options = {
      width: Math.max(100, root.clientWidth),
      height: Math.max(40, root.clientHeight),
      padding: [6, GUTTER_RIGHT, 4, 0],
      legend: { show: false },
      cursor: { x: true, y: false, drag: { x: false, y: false }, points: { size: 5 } },
      scales: {
        x: { time: false, auto: false, min: model.drawn.span.from, max: model.drawn.span.to },
        y: { range: (): [number, number] => [0, 1] },
      },
      axes: [
        {
          ...axis,
          size: 0,
          splits: (chart: uPlot) => {
            const { min = 0, max = 1 } = chart.scales.x!;
            return timeTicks({ from: min!, to: max! }, chart.bbox.width / devicePixelRatio, model.rows.baseMs)
              .times;
          },
          values: () => [],
        },
        {
          ...axis,
          size: GUTTER_LEFT,
          gap: 8,
          splits: () =>
            ticksOf(scaleOf(), root.clientHeight).map((value) => 1 - positionOf(scaleOf(), value)),
          values: (_chart: uPlot, splits: number[]) =>
            splits.map((at) => labelOf(valueAt(scaleOf(), 1 - at), format)),
        },
      ],
      series: [
        {},
        ...series.map((line) => ({
          points: { show: true, size: 4, filter: alone },
          spanGaps: false,
          ...line,
        })),
      ],
    };
    const chart = new uPlot(options, [[], [], []], root);
    chart.over.addEventListener('pointermove', (event) => {
      const { left } = chart.over.getBoundingClientRect();
      this.#parts.actions.hover(undefined, chart.posToVal(event.clientX - left, 'x'));
    });
    chart.over.addEventListener('pointerleave', () => this.#parts.actions.hover(undefined, undefined));
    return chart;
  }
}

/** The ticks of a line chart: the ends and the middle of a linear axis, the decades of a logarithmic one. */
function ticksOf(scale: ValueScale, height: number): number[] {
  if (scale.kind === 'linear') return [0, scale.high / 2, scale.high];
  const decades = valueTicks(scale, height).filter(({ value }) => Math.abs(Math.log10(value) % 1) < 1e-6);
  // A label needs about 20 pixels.
  const every = Math.ceil((decades.length * 20) / Math.max(40, height));
  return decades.filter((_, i) => (decades.length - 1 - i) % every === 0).map(({ value }) => value);
}

function labelOf(value: number, format: (value: number) => string): string {
  return value < 1e-9 ? '0' : format(value);
}

/** Values without neighbours, which a line would not show. */
function alone(chart: uPlot, series: number): number[] {
  const values = chart.data[series] ?? [];
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  }
  return found;
}
