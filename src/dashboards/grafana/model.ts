/**
 * The part of Grafana's classic dashboard JSON that is used here, in the form of Grafana 7.5 (schema version 27). Newer
 * versions, up to 13, migrate it when they load it; for example, they replace names of data sources by references.
 */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly version: number;
  readonly editable: boolean;
  readonly graphTooltip: number;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timepicker: Json;
  readonly timezone: string;
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly links: readonly Json[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

/** JSON that only Grafana reads. */
export type Json = { readonly [name: string]: unknown };

/** A query whose points are vertical lines in charts. */
export interface Annotation {
  readonly name: string;
  readonly datasource: string;
  readonly enable: boolean;
  /** Whether its switch at the top of the dashboard is hidden. */
  readonly hide: boolean;
  readonly iconColor: string;
  /** InfluxQL with `$timeFilter`, once, and the dashboard's variables. */
  readonly query: string;
  /** The fields for the text and the tags of a line. */
  readonly textColumn: string;
  readonly tagsColumn: string;
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: 'custom' | 'datasource' | 'query' | 'textbox';
  readonly query: string;
  /** 0 shown, 2 hidden. */
  readonly hide: 0 | 2;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue: string | null;
  readonly [name: string]: unknown;
}

export interface Target {
  readonly refId: string;
  /** InfluxQL with Grafana's macros and the dashboard's variables. */
  readonly query: string;
  readonly rawQuery: true;
  readonly resultFormat: 'time_series' | 'table';
  /** The name of a series: text, with `$tag_route` for the value of a tag and `$col` for the column. */
  readonly alias?: string;
}

/** Position and size of a panel, in a grid of 24 columns. */
export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export type PanelType = 'bargauge' | 'gauge' | 'heatmap' | 'row' | 'stat' | 'table' | 'timeseries';

/** A panel without a position. */
export interface Draft {
  readonly type: PanelType;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: string;
  /** The shortest `$__interval`. */
  readonly interval?: string;
  readonly targets?: readonly Target[];
  readonly transformations?: readonly Json[];
  readonly fieldConfig?: { readonly defaults: Json; readonly overrides: readonly Json[] };
  readonly options?: Json;
  readonly [name: string]: unknown;
}

export interface Panel extends Draft {
  readonly id: number;
  /** The panels of a closed row. */
  readonly panels?: readonly Panel[];
  readonly gridPos: GridPos;
}
