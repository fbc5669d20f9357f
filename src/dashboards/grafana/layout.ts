import type { Dashboard, Draft, Panel, Variable } from './model.ts';

const COLUMNS = 24;

/** Panels side by side. Each has a width, of 24 columns in total, and may be a stack of several panels. */
export interface Shelf {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, ...stack: Draft[]])[];
}

export interface Section {
  readonly title: string;
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
    refresh: '5s',
    // Requests of the last three seconds may not be in the database yet, so ranges that end "now" end three seconds before.
    time: { from: 'now-15m', to: 'now-3s' },
    timepicker: { nowDelay: '3s', refresh_intervals: ['1s', '2s', '5s', '10s', '30s', '1m', '5m', '15m'] },
    timezone: '',
    annotations: { list: [] },
    links: [
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
  const add = (draft: Draft, x: number, top: number, w: number, h: number) =>
    panels.push({ id: panels.length + 1, ...draft, gridPos: { x, y: top, w, h } });

  for (const { title, shelves } of sections) {
    add({ type: 'row', title, collapsed: false, panels: [] }, 0, y, COLUMNS, 1);
    y += 1;
    for (const { height, panels: columns } of shelves) {
      let x = 0;
      for (const [width, ...stack] of columns) {
        const h = height / stack.length;
        stack.forEach((draft, i) => {
          add(draft, x, y + i * h, width, h);
        });
        x += width;
      }
      y += height;
    }
  }
  return panels;
}
