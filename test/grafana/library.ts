// The part of @grafana/data that is used here. It is loaded from this folder's own package, which `npm ci` does not install.
import { createRequire } from 'node:module';
import type { Panel, Target } from '../../src/dashboards/index.ts';
import type { Series } from '../support/dashboards/grafana.ts';
import { seriesName } from '../support/dashboards/grafana.ts';

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly values: readonly unknown[];
  readonly config: { readonly unit?: string; readonly [name: string]: unknown };
  readonly display?: (value: unknown) => { readonly text: string; readonly suffix?: string };
}
export interface Frame {
  readonly refId?: string;
  readonly length: number;
  readonly fields: readonly Field[];
}
interface DisplayValue {
  readonly display: { readonly text: string; readonly suffix?: string; readonly color?: string };
}
interface Transformer {
  readonly id: string;
}
interface Observable<T> {
  subscribe(next: (value: T) => void): void;
}

interface Library {
  readonly standardTransformers: Readonly<Record<string, Transformer>>;
  readonly standardTransformersRegistry: { setInit(init: () => unknown[]): void };
  readonly standardFieldConfigEditorRegistry: { setInit(init: () => unknown[]): void };
  toDataFrame(value: object): Frame;
  transformDataFrame(transformations: readonly object[], frames: readonly Frame[]): Observable<Frame[]>;
  applyFieldOverrides(options: object): Frame[];
  getFieldDisplayValues(options: object): DisplayValue[];
  getValueFormats(): readonly { submenu: readonly { value: string }[] }[];
  outerJoinDataFrames(options: { frames: readonly Frame[] }): Frame | undefined;
  createTheme(options: object): object;
}

// What Grafana expects of a browser: a language, and its own settings.
const browser = globalThis as { navigator?: unknown; window?: unknown };
browser.navigator ??= { language: 'en', languages: ['en'], userAgent: '', platform: '' };

const load = createRequire(new URL('../../../test/grafana/package.json', import.meta.url));
export const grafana: Library = load('@grafana/data');
// What it loads takes a window for a browser, so there is none before.
browser.window ??= { grafanaBootData: { settings: { featureToggles: {} } }, location: { search: '' } };
grafana.standardTransformersRegistry.setInit(() =>
  // Two names are of one transformation.
  [...new Map(Object.values(grafana.standardTransformers).map((one) => [one.id, one])).values()].map(
    (transformation) => ({
      id: transformation.id,
      name: transformation.id,
      transformation: async () => transformation,
    }),
  ),
);

/** The properties of fields that Grafana itself registers, each with its value as it is given. */
grafana.standardFieldConfigEditorRegistry.setInit(() =>
  [
    'unit',
    'min',
    'max',
    'decimals',
    'displayName',
    'noValue',
    'color',
    'thresholds',
    'mappings',
    'links',
  ].map((id) => ({ id, path: id, name: id, process: (value: unknown) => value, shouldApply: () => true })),
);

/** Frames of an answer, as the InfluxQL data source makes them. */
export function framesOf(target: Target, answer: readonly Series[]): Frame[] {
  const { refId } = target;
  if (target.resultFormat === 'table') {
    const tags = Object.keys(answer[0]?.tags ?? {});
    const names = ['Time', ...tags, ...(answer[0]?.columns.slice(1) ?? [])];
    const columns = names.map((text, i) => (i === 0 ? { text, type: 'time' } : { text }));
    const rows = answer.flatMap(({ tags: of = {}, values }) =>
      values.map(([time, ...rest]) => [time, ...tags.map((tag) => of[tag]), ...rest]),
    );
    return answer.length === 0 ? [] : [grafana.toDataFrame({ refId, columns, rows })];
  }
  return answer.flatMap((series) =>
    series.columns.slice(1).map((column, i) =>
      grafana.toDataFrame({
        refId,
        target: seriesName(target, series, column),
        datapoints: series.values.map((row) => [row[i + 1], row[0]]),
      }),
    ),
  );
}

/** Frames as the panel shows them: transformed, with its field configuration. */
export async function shown(panel: Panel, frames: readonly Frame[]): Promise<Frame[]> {
  const transformations = (panel.transformations ?? []) as object[];
  const transformed = await new Promise<Frame[]>((resolve) => {
    grafana.transformDataFrame(transformations, frames).subscribe(resolve);
  });
  return grafana.applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    replaceVariables: (text: string) => text,
    theme: grafana.createTheme({}),
  });
}

/** The texts of a panel of figures. */
export function figures(panel: Panel, frames: readonly Frame[]): string[] {
  const values = grafana.getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: (panel.options as { reduceOptions: object }).reduceOptions,
    replaceVariables: (text: string) => text,
    theme: grafana.createTheme({}),
    data: frames,
  });
  return values.map(({ display }) => `${display.text}${display.suffix ?? ''}`);
}
