import { annotations } from './annotations.ts';
import type { Dashboard, Draft, Panel, Variable } from './model.ts';

const COLUMNS = 24;

/** Time ranges, with the refresh that suits them: the longer the range, the longer its queries take. */
const RANGES: readonly (readonly [range: string, refresh: string])[] = [
  ['5m', '5s'],
  ['1h', '30s'],
  ['6h', '1m'],
  ['24h', '5m'],
  ['7d', '15m'],
];

/** Panels side by side. Each has a width, of 24 columns in total, and may be a stack of several panels. */
export interface Shelf {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, ...stack: Draft[]])[];
}

export interface Section {
  readonly title: string;
  /** A closed section asks nothing until it is opened. */
  readonly collapsed?: boolean;
  readonly shelves: readonly Shelf[];
}

export interface Page {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly sections: readonly Section[];
}

/** Builds a dashboard: sets positions and ids of its panels. */
export function dashboard({ uid, title, description, variables, sections }: Page): Dashboard {
  return {
    uid,
    title,
    description,
    tags: ['raw-requests'],
    schemaVersion: 27,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    // Requests of the last three seconds may not be in the database yet, so ranges that end "now" end three seconds before.
    time: { from: 'now-15m', to: 'now-3s' },
    timepicker: { nowDelay: '3s', refresh_intervals: ['5s', '10s', '30s', '1m', '5m', '15m'] },
    timezone: '',
    annotations: { list: annotations(variables) },
    links: [
      ...RANGES.map(([range, refresh]) => ({
        type: 'link',
        title: range,
        tooltip: `The last ${range}, refreshed every ${refresh}`,
        url: `/d/${uid}?from=now-${range}&to=now-3s&refresh=${refresh}`,
        icon: 'external link',
        tags: [],
        asDropdown: false,
        includeVars: true,
        keepTime: false,
        targetBlank: false,
      })),
      {
        type: 'dashboards',
        title: 'raw-requests',
        tags: ['raw-requests'],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: 'external link',
        tooltip: '',
        url: '',
      },
    ],
    templating: { list: variables },
    panels: place(sections),
  };
}

function place(sections: readonly Section[]): Panel[] {
  const panels: Panel[] = [];
  let y = 0;
  let id = 0;
  const placed = (draft: Draft, x: number, top: number, w: number, h: number): Panel => ({
    id: ++id,
    ...draft,
    gridPos: { x, y: top, w, h },
  });

  for (const { title, collapsed = false, shelves } of sections) {
    const row = placed({ type: 'row', title }, 0, y, COLUMNS, 1);
    const inside: Panel[] = [];
    let top = ++y;
    for (const { height, panels: columns } of shelves) {
      let x = 0;
      for (const [width, ...stack] of columns) {
        const h = height / stack.length;
        stack.forEach((draft, i) => {
          inside.push(placed(draft, x, top + i * h, width, h));
        });
        x += width;
      }
      top += height;
    }
    panels.push({ ...row, collapsed, panels: collapsed ? inside : [] });
    if (collapsed) continue;
    panels.push(...inside);
    y = top;
  }
  return panels;
}
