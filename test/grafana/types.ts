// Whether the dashboards have the types that Grafana publishes, in @grafana/schema.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dashboard } from '../../src/dashboards/index.ts';

/** The folder of the package of these tests, in which @grafana/schema is found. */
const FOLDER = fileURLToPath(new URL('../../../test/grafana', import.meta.url));

/** What data sources and older versions read, and Grafana's types do not have. */
const NOT_IN_TYPES = new Set([
  // Of the InfluxDB data source.
  ...['definition', 'query', 'textColumn', 'tagsColumn'],
  // Of the heatmap of Grafana 7.5.
  ...['color', 'dataFormat', 'heatmap', 'highlightCards', 'legend', 'reverseYBuckets', 'tooltip'],
  ...['xAxis', 'yAxis', 'yBucketBound', 'hideZeroBuckets', 'cards'],
]);

/** As a newer Grafana has it after loading: it replaces the names of data sources by references. */
function migrated(dashboard: Dashboard): unknown {
  const { annotations, templating, panels, ...rest } = dashboard;
  const known = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !NOT_IN_TYPES.has(name)));
  const own = (panel: object): object => {
    const { panels: inside, ...panelOnly } = panel as { panels?: readonly object[] };
    return { ...known(panelOnly), ...(inside === undefined ? {} : { panels: inside.map(own) }) };
  };
  const isEmpty = (value: unknown) =>
    value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return {
    ...rest,
    annotations: { list: annotations.list.map(known) },
    templating: {
      list: templating.list.map(({ definition, ...variable }) =>
        // "Not given" is an empty value in 7.5.
        Object.fromEntries(
          Object.entries(variable).filter(
            ([name, value]) => !(['allValue', 'current'].includes(name) && isEmpty(value)),
          ),
        ),
      ),
    },
    panels: panels.map(own),
  };
}

const reference = (name: string, value: unknown) =>
  name === 'datasource' && typeof value === 'string' ? { type: 'influxdb', uid: value } : value;

/** What the compiler says of the dashboards; nothing, if they are as Grafana's types say. */
export function typeErrors(dashboards: readonly Dashboard[]): string {
  const folder = mkdtempSync(join(FOLDER, 'types-'));
  try {
    const file = join(folder, 'dashboards.ts');
    const texts = dashboards.map((one) => JSON.stringify(migrated(one), reference, 1));
    writeFileSync(
      file,
      `import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
export const all: Plain<Dashboard>[] = [${texts.join(',\n')}];
`,
    );
    const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        join(compiler, '../bin/tsc'),
        ...['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--types', ''],
        ...['--module', 'nodenext', '--moduleResolution', 'nodenext', file],
      ],
      { encoding: 'utf8' },
    );
    return `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
