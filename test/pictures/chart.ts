import type { Panel } from '../../src/dashboards/index.ts';
import { type Box, COLORS, color, GRID, label, TEXT, ticks, widthOf } from './svg.ts';
import { format } from './units.ts';

/** A line: its name, and values by time. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [ms: number, value: number | null])[];
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19);

export function timeAxis(
  { x, y, w, h }: Box,
  { fromMs, toMs }: Range,
): { at: (ms: number) => number; svg: string } {
  const at = (ms: number) => x + ((ms - fromMs) / (toMs - fromMs)) * w;
  const many = Math.max(2, Math.floor(w / 90));
  const step =
    [5, 10, 15, 20, 30, 60, 120, 300].map((s) => s * 1000).find((ms) => (toMs - fromMs) / ms <= many) ??
    600_000;
  let svg = '';
  for (let ms = Math.ceil(fromMs / step) * step; ms <= toMs; ms += step) {
    svg += `<line x1="${at(ms)}" x2="${at(ms)}" y1="${y}" y2="${y + h}" stroke="${GRID}"/>`;
    svg += label(at(ms), y + h + 14, clock(ms), { size: 10, anchor: 'middle' });
  }
  return { at, svg };
}

const nameColor = (panel: Panel, name: string, i: number): string => {
  for (const { matcher, properties } of panel.fieldConfig!.overrides as {
    matcher: { options: string };
    properties: { id: string; value: { fixedColor: string } }[];
  }[])
    if (matcher.options === name)
      for (const { id, value } of properties) if (id === 'color') return color(value.fixedColor);
  const own = panel.fieldConfig!.defaults.color as { mode: string; fixedColor?: string };
  return own.mode === 'fixed' ? color(own.fixedColor!) : COLORS[i % COLORS.length]!;
};

/** A time series panel: lines, bars or points. */
export function chart(panel: Panel, lines: readonly Line[], box: Box, range: Range): string {
  const { unit, min, max, custom } = panel.fieldConfig!.defaults as {
    unit: string;
    min?: number;
    max?: number;
    custom: { drawStyle: string; scaleDistribution: { type: string }; fillOpacity: number };
  };
  const log = custom.scaleDistribution.type === 'log';
  const legend = (panel.options!.legend as { displayMode: string }).displayMode !== 'hidden';
  const area: Box = { x: box.x + 62, y: box.y + 6, w: box.w - 74, h: box.h - (legend ? 46 : 26) };
  const stacked = custom.drawStyle === 'bars';
  const heights = new Map<number, number>();
  if (stacked)
    for (const { points } of lines)
      for (const [ms, value] of points) heights.set(ms, (heights.get(ms) ?? 0) + (value ?? 0));
  const all = stacked
    ? [...heights.values()]
    : lines.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  if (all.length === 0)
    return label(box.x + box.w / 2, box.y + box.h / 2, 'No data', { size: 14, anchor: 'middle' });
  const low = log ? Math.min(...reduced(all, Math.min)) : (min ?? Math.min(...reduced(all, Math.min)));
  const high = Math.max(...reduced(all, Math.max), max ?? Number.NEGATIVE_INFINITY) || 1;
  const [bottom, top] = log
    ? [Math.log10(low), Math.log10(high)]
    : [low, low === high ? high + 1 : high * 1.03];
  const yOf = (value: number) =>
    area.y + area.h - (((log ? Math.log10(value) : value) - bottom) / (top - bottom)) * area.h;
  let svg = '';
  const rows = log
    ? Array.from(
        { length: Math.ceil(top) - Math.floor(bottom) + 1 },
        (_, i) => 10 ** (Math.floor(bottom) + i),
      ).filter((value) => value >= low * 0.99 && value <= high * 1.01)
    : ticks(bottom, top, Math.max(2, area.h / 40)).filter(
        (value) => unit !== 'none' || Number.isInteger(value),
      );
  for (const value of rows) {
    svg += `<line x1="${area.x}" x2="${area.x + area.w}" y1="${yOf(value)}" y2="${yOf(value)}" stroke="${GRID}"/>`;
    svg += label(area.x - 6, yOf(value) + 4, format(unit, value), { size: 10, anchor: 'end' });
  }
  const axis = timeAxis(area, range);
  svg += axis.svg;
  let legendX = box.x + 10;
  const below = new Map<number, number>();
  lines.forEach(({ name, points }, i) => {
    const stroke = nameColor(panel, name, i);
    const there = points.flatMap(([ms, value]) =>
      value === null ? [] : [[axis.at(ms), yOf(value)] as const],
    );
    if (custom.drawStyle === 'points') {
      const d = there.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join('');
      svg += `<path d="${d}" stroke="${stroke}" stroke-width="2.4" stroke-linecap="round" fill="none" opacity="0.55"/>`;
    } else if (custom.drawStyle === 'bars') {
      const wide = Math.max(1, (area.w / Math.max(2, points.length)) * 0.8);
      for (const [ms, value] of points) {
        const base = below.get(ms) ?? 0;
        below.set(ms, base + (value ?? 0));
        const [from, to] = [yOf(base), yOf(base + (value ?? 0))];
        svg += `<rect x="${(axis.at(ms) - wide / 2).toFixed(1)}" y="${to}" width="${wide}" height="${from - to}" fill="${stroke}" opacity="0.7"/>`;
      }
    } else {
      let d = '';
      let open = false;
      for (const [ms, value] of points) {
        if (value !== null) d += `${open ? 'L' : 'M'}${axis.at(ms).toFixed(1)} ${yOf(value).toFixed(1)}`;
        open = value !== null;
      }
      svg += `<path d="${d}" stroke="${stroke}" stroke-width="1.4" fill="none" stroke-linejoin="round"/>`;
      if (custom.fillOpacity > 0 && there.length > 1) {
        const first = there[0]![0];
        const filled = there.map(([x, y]) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join('');
        svg += `<path d="M${first} ${yOf(bottom)}${filled}L${there.at(-1)![0]} ${yOf(bottom)}Z" fill="${stroke}" opacity="0.1"/>`;
      }
    }
    if (!legend) return;
    const numbers = points.flatMap(([, value]) => (value === null ? [] : [value]));
    if (numbers.length === 0) return;
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const text = `${name}  mean ${format(unit, mean)}  max ${format(unit, Math.max(...numbers))}`;
    if (legendX + widthOf(text) + 20 > box.x + box.w) return;
    svg += `<rect x="${legendX}" y="${box.y + box.h - 16}" width="12" height="4" rx="2" fill="${stroke}"/>`;
    svg += label(legendX + 17, box.y + box.h - 10, text, { fill: TEXT });
    legendX += widthOf(text) + 36;
  });
  return svg;
}

/** `Math.max(...)` takes only so many arguments. */
function reduced(numbers: readonly number[], pick: (a: number, b: number) => number): number[] {
  return [numbers.reduce((a, b) => pick(a, b))];
}

/** Rows of buckets, each with counts by time; the brighter the more. */
export function heatmap(
  panel: Panel,
  lines: readonly Line[],
  box: Box,
  range: Range,
  intervalMs: number,
): string {
  const area: Box = { x: box.x + 62, y: box.y + 6, w: box.w - 74, h: box.h - 28 };
  const rows = [...lines].sort((a, b) => Number(a.name) - Number(b.name));
  const most = rows.reduce(
    (all, { points }) => points.reduce((max, [, value]) => Math.max(max, value ?? 0), all),
    1,
  );
  const height = area.h / Math.max(1, rows.length);
  const axis = timeAxis(area, range);
  const { unit } = panel.options!.yAxis as { unit: string };
  let svg = axis.svg;
  rows.forEach(({ name, points }, i) => {
    const y = area.y + area.h - (i + 1) * height;
    svg += label(area.x - 6, y + height / 2 + 4, `≥ ${format(unit, Number(name))}`, {
      size: 10,
      anchor: 'end',
    });
    for (const [ms, value] of points) {
      if (!value) continue;
      const share = Math.sqrt(value / most);
      const wide = axis.at(ms + intervalMs) - axis.at(ms);
      svg += `<rect x="${axis.at(ms).toFixed(1)}" y="${(y + 0.5).toFixed(1)}" width="${Math.max(1, wide - 0.5).toFixed(1)}" height="${(height - 1).toFixed(1)}" fill="hsl(${230 - 190 * share} 75% ${30 + 32 * share}%)"/>`;
    }
  });
  return svg;
}
