import type { AlertRule } from '../../dashboards/grafana/alerts.ts';
import { readSettings, type SettingName, settings } from '../../options/options.ts';
import { RULE_GROUP } from './resources/alert-rules.ts';
import { type DataSource, type Generation, toDataSource } from './resources/data-source.ts';
import { FOLDER_UID, NO_FOLDER } from './resources/folder.ts';

/** The files of this package in Grafana's provisioning folder. */
export const DATA_SOURCES_FILE = 'datasources/raw-requests.yaml';
export const PROVIDERS_FILE = 'dashboards/raw-requests.yaml';
export const ALERTS_FILE = 'alerting/raw-requests.yaml';
/** A separate folder for the dashboards, because Grafana reads only YAML files in the folder of providers. */
export const DASHBOARDS_FOLDER = 'dashboards/raw-requests';

/**
 * The data source, as a provisioning file. Grafana reads address and credentials from the same environment variables as
 * the library, so the file contains no secret.
 */
export function dataSourceFile(name: string, generation: Generation, env: NodeJS.ProcessEnv): string {
  const readings = readSettings(settings, {}, env);
  const given = (setting: SettingName) => {
    const reading = readings[setting].given;
    return reading && variable(reading.label);
  };
  const byUser = given('username') !== undefined || (generation === 1 && given('token') === undefined);
  const usual = generation === 2 ? 'INFLUX_BUCKET' : 'INFLUX_DATABASE';
  const source: DataSource = toDataSource(literal(name), {
    url: given('url') ?? variable('INFLUX_URL'),
    name: given('database') ?? given('bucket') ?? variable(usual),
    generation,
    access: byUser
      ? { username: variable('INFLUX_USERNAME'), password: variable('INFLUX_PASSWORD') }
      : { token: variable('INFLUX_TOKEN') },
  });
  return file('Grafana reads the variables from its own environment: give it those of the app.', {
    apiVersion: 1,
    datasources: [source],
  });
}

/** The provider file, which tells Grafana the folder of the dashboards. `root` is the path of the provisioning folder for Grafana. */
export function providerFile(folder: string, root: string): string {
  const place = folder === NO_FOLDER ? { folder: '' } : { folder: literal(folder), folderUid: FOLDER_UID };
  return file('Grafana keeps the dashboards equal to these files, and loads changes of them by itself.', {
    apiVersion: 1,
    providers: [
      {
        name: 'raw-requests',
        ...place,
        type: 'file',
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: `${literal(root.replace(/\/+$/, ''))}/${DASHBOARDS_FOLDER}` },
      },
    ],
  });
}

/**
 * The alert rules, in a folder of their own: before the dashboards are there, Grafana would make one with another uid.
 * Queries keep their `$`: Grafana replaces no variables in them.
 */
export function alertsFile(rules: readonly AlertRule[]): string {
  return file(
    'Rules for Grafana 9 and later. Change the limits (`$B > ...`) to what your service promises.',
    {
      apiVersion: 1,
      groups: [{ orgId: 1, name: RULE_GROUP, folder: 'Node.js alerts', interval: '1m', rules }],
    },
  );
}

/** A variable that Grafana replaces by its value. */
function variable(name: string): string {
  return `\${${name}}`;
}

/** Escapes `$`, so that Grafana replaces no variables in the text. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function file(comment: string, value: object): string {
  return `# Written by \`npx raw-requests grafana export\`.\n# ${comment}\n${yaml(value).join('\n')}\n`;
}

/** YAML of plain data, as lines. Strings are written as in JSON, which is valid YAML. */
function yaml(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => yaml(item).map((line, i) => `${i === 0 ? '- ' : '  '}${line}`));
  }
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)];
  return Object.entries(value).flatMap(([key, inner]) => {
    const lines = yaml(inner);
    const isBlock = typeof inner === 'object' && inner !== null;
    return isBlock && lines.length > 0
      ? [`${key}:`, ...lines.map((line) => `  ${line}`)]
      : [`${key}: ${isBlock ? '{}' : lines[0]}`];
  });
}
