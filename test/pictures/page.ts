import type { Panel } from '../../src/dashboards/index.ts';
import { intervalMs, seriesName, viewOf } from '../support/dashboards/grafana.ts';
import { chart, heatmap, type Line } from './chart.ts';
import type { Answered } from './collect.ts';
import { barGauge, gauge, stat, table } from './figures.ts';
import { type Box, FAINT, label, TEXT } from './svg.ts';

const WIDTH = 1500;
/** Of a row of the grid. */
const ROW = 32;
const GAP = 8;
const HEAD = 44;
const FOOT = 30;

function linesOf({ answers }: Answered, { id, targets = [] }: Panel): Line[] {
  return targets.flatMap((target) =>
    (answers[`${id} / ${target.refId}`] ?? []).flatMap((series) =>
      series.columns.slice(1).map((column, i) => ({
        name: seriesName(target, series, column),
        points: series.values.map((row) => [Number(row[0]), row[i + 1] as number | null] as const),
      })),
    ),
  );
}

function draw(answered: Answered, panel: Panel, box: Box): string {
  const { view, answers } = answered;
  const lines = linesOf(answered, panel);
  switch (panel.type) {
    case 'timeseries':
      return chart(panel, lines, box, view);
    case 'heatmap':
      return heatmap(panel, lines, box, view, intervalMs(viewOf(view, panel)));
    case 'stat':
      return stat(panel, lines, box);
    case 'gauge':
      return gauge(panel, lines, box);
    case 'bargauge':
      return barGauge(panel, lines, box);
    case 'table':
      return table(
        panel,
        panel.targets!.map(({ refId }) => answers[`${panel.id} / ${refId}`] ?? []),
        box,
      );
    case 'row':
      return '';
  }
}

export interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** A dashboard from one row of its grid to another. */
export function picture(answered: Answered, from = 0, to = Number.POSITIVE_INFINITY): Picture {
  const { dashboard, view } = answered;
  const panels = dashboard.panels.filter(({ gridPos: { y } }) => y >= from && y < to);
  const rows = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) - from;
  const height = HEAD + rows * ROW + FOOT;
  const column = (WIDTH - GAP) / 24;
  const time = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  let svg = label(GAP + 4, 29, dashboard.title, { size: 20, fill: TEXT, weight: 600 });
  svg += label(WIDTH - GAP, 28, `${time(view.fromMs)} to ${time(view.toMs).slice(11)} UTC`, {
    size: 13,
    anchor: 'end',
  });
  panels.forEach((panel, i) => {
    const { x, y, w, h } = panel.gridPos;
    const box: Box = {
      x: GAP + x * column,
      y: HEAD + (y - from) * ROW,
      w: w * column - GAP,
      h: h * ROW - GAP,
    };
    if (panel.type === 'row') {
      svg += label(box.x + 4, box.y + 19, `▾ ${panel.title}`, { size: 14, fill: TEXT, weight: 500 });
      return;
    }
    const inner: Box = { x: 0, y: 28, w: box.w, h: box.h - 30 };
    svg += `<rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="3" fill="#181b1f" stroke="#25272c"/>`;
    svg += `<clipPath id="c${i}"><rect width="${box.w}" height="${box.h}"/></clipPath>`;
    svg += `<g transform="translate(${box.x} ${box.y})" clip-path="url(#c${i})">${label(9, 19, panel.title, { size: 12.5, fill: TEXT, weight: 500 })}${draw(answered, panel, inner)}</g>`;
  });
  svg += label(
    GAP + 4,
    height - 11,
    "Drawn by this repository from what a real InfluxDB 1.6.7 answered to the dashboard's queries. Not a screenshot of Grafana.",
    { size: 12, fill: FAINT },
  );
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="Inter, 'DejaVu Sans', sans-serif"><rect width="100%" height="100%" fill="#111217"/>${svg}</svg>`,
    width: WIDTH,
    height,
  };
}
