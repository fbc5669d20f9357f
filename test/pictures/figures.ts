import type { Panel } from '../../src/dashboards/index.ts';
import type { Series } from '../support/dashboards/grafana.ts';
import type { Line } from './chart.ts';
import { type Box, COLORS, color, FAINT, GRID, label, TEXT, widthOf } from './svg.ts';
import { format } from './units.ts';

const lastOf = ({ points }: Line): number | undefined =>
  points.findLast(([, value]) => value !== null)?.[1] ?? undefined;

function levelColor(panel: Panel, value: number): string {
  const { steps } = panel.fieldConfig!.defaults.thresholds as {
    steps: { color: string; value: number | null }[];
  };
  return color(steps.findLast((step) => step.value === null || value >= step.value)!.color);
}

/** One figure. */
export function stat(panel: Panel, lines: readonly Line[], box: Box): string {
  const { unit } = panel.fieldConfig!.defaults;
  const [line] = lines;
  let text = '0';
  let fill = levelColor(panel, 0);
  if (unit === 'dateTimeFromNow') {
    text = line ? new Date(line.points.at(-1)![0]).toISOString().slice(11, 19) : '';
    fill = TEXT;
  } else if (line) {
    const value = lastOf(line) ?? 0;
    text = format(unit, value);
    fill = levelColor(panel, value);
  }
  const size = Math.min(40, box.h * 0.55, (box.w * 1.6) / Math.max(4, text.length));
  return label(box.x + box.w / 2, box.y + box.h / 2 + size * 0.3, text, {
    size,
    fill,
    anchor: 'middle',
    weight: 500,
  });
}

/** Three quarters of a circle. */
export function gauge(panel: Panel, lines: readonly Line[], box: Box): string {
  const { unit, max } = panel.fieldConfig!.defaults as { unit: string; max?: number };
  const [line] = lines;
  const value = line ? (lastOf(line) ?? 0) : 0;
  const full = max ?? line?.points.reduce((most, [, of]) => Math.max(most, of ?? 0), 0) ?? 1;
  const radius = Math.min(box.w * 0.42, box.h * 0.52);
  const [cx, cy] = [box.x + box.w / 2, box.y + box.h * 0.58];
  const arc = (share: number, stroke: string, width: number) => {
    const [start, angle] = [Math.PI * 0.85, Math.PI * 1.3 * Math.min(1, Math.max(0.001, share))];
    const at = (a: number) => `${cx + radius * Math.cos(a)} ${cy + radius * Math.sin(a)}`;
    return `<path d="M${at(start)}A${radius} ${radius} 0 ${angle > Math.PI ? 1 : 0} 1 ${at(start + angle)}" stroke="${stroke}" stroke-width="${width}" fill="none"/>`;
  };
  const text = format(unit, value);
  const size = Math.min(26, (radius * 2.3) / Math.max(4, text.length));
  return (
    arc(1, GRID, radius * 0.3) +
    arc(value / (full || 1), levelColor(panel, value), radius * 0.3) +
    label(cx, cy + size * 0.3, text, {
      size,
      fill: levelColor(panel, value),
      anchor: 'middle',
      weight: 500,
    }) +
    label(cx, cy + radius * 0.95, `of ${format(unit, full)}`, { size: 10, anchor: 'middle' })
  );
}

/** A bar for each series. */
export function barGauge(panel: Panel, lines: readonly Line[], box: Box): string {
  const { unit } = panel.fieldConfig!.defaults;
  const most = lines.reduce((all, line) => Math.max(all, lastOf(line) ?? 0), 1);
  const height = Math.min(30, (box.h - 8) / Math.max(1, lines.length));
  const left = Math.min(120, Math.max(...lines.map(({ name }) => widthOf(name))) + 12);
  return lines
    .map((line, i) => {
      const value = lastOf(line) ?? 0;
      const y = box.y + 4 + i * height;
      const room = box.w - left - 80;
      const fill = COLORS[i % COLORS.length];
      return (
        label(box.x + left, y + height / 2 + 4, line.name, { fill: TEXT, anchor: 'end' }) +
        `<rect x="${box.x + left + 8}" y="${y + 2}" width="${room}" height="${height - 4}" fill="${GRID}"/>` +
        `<rect x="${box.x + left + 8}" y="${y + 2}" width="${Math.max(1, (value / most) * room)}" height="${height - 4}" fill="${fill}"/>` +
        label(box.x + left + room + 14, y + height / 2 + 4, format(unit, value), { fill: TEXT })
      );
    })
    .join('');
}

type Cell = string | number | null;

/** The rows of all queries, those with the same tags as one. */
function merged(answers: readonly (readonly Series[])[]): Map<string, Cell>[] {
  const rows = new Map<string, Map<string, Cell>>();
  let single = 0;
  for (const series of answers)
    for (const { tags, columns, values } of series)
      for (const [ms, ...rest] of values) {
        const key = tags ? JSON.stringify(tags) : String(single++);
        const row =
          rows.get(key) ??
          new Map<string, Cell>([['Time', new Date(Number(ms)).toISOString().slice(11, 23)]]);
        for (const [tag, value] of Object.entries(tags ?? {})) row.set(tag, value);
        rest.forEach((value, i) => {
          row.set(columns[i + 1]!, value as Cell);
        });
        rows.set(key, row);
      }
  return [...rows.values()];
}

/** As many rows as there is room for. */
export function table(panel: Panel, answers: readonly (readonly Series[])[], box: Box): string {
  const organize = panel.transformations!.find(({ id }) => id === 'organize')!.options as {
    indexByName: Record<string, number>;
  };
  const columns = Object.keys(organize.indexByName);
  const [{ displayName }] = panel.options!.sortBy as [{ displayName: string }];
  const unitOf = (name: string) => {
    const overrides = panel.fieldConfig!.overrides as {
      matcher: { options: string };
      properties: { id: string; value: unknown }[];
    }[];
    const own = overrides
      .find(({ matcher }) => matcher.options === name)
      ?.properties.find(({ id }) => id === 'unit');
    return own?.value ?? panel.fieldConfig!.defaults.unit;
  };
  const rows = merged(answers).sort((a, b) => {
    const [x, y] = [a.get(displayName) ?? 0, b.get(displayName) ?? 0];
    return x < y ? 1 : x > y ? -1 : 0;
  });
  const shown = rows.slice(0, Math.floor((box.h - 30) / 22));
  const text = (row: Map<string, Cell>, name: string) => {
    const value = row.get(name) ?? '';
    return typeof value === 'number' ? format(unitOf(name), value) : value;
  };
  const wide = columns.map(
    (name) => Math.max(name.length, ...shown.map((row) => text(row, name).length)) + 3,
  );
  const perChar = box.w / wide.reduce((a, b) => a + b, 0);
  let svg = '';
  let x = box.x + 8;
  columns.forEach((name, i) => {
    svg += label(x, box.y + 16, name, { fill: '#6e9fff', weight: 500 });
    shown.forEach((row, n) => {
      const y = box.y + 38 + n * 22;
      const fill =
        name === 'trace_id' ? '#6e9fff' : name === 'errors and aborts' && row.get(name) ? color('red') : TEXT;
      svg += label(x, y, text(row, name), { fill });
      if (i === 0)
        svg += `<line x1="${box.x}" x2="${box.x + box.w}" y1="${y - 15}" y2="${y - 15}" stroke="${GRID}"/>`;
    });
    x += wide[i]! * perChar;
  });
  if (rows.length > shown.length)
    svg += label(box.x + box.w - 8, box.y - 12, `${shown.length} of ${rows.length} rows`, {
      size: 10,
      fill: FAINT,
      anchor: 'end',
    });
  return svg;
}
