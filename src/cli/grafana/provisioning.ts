import { readSettings, type SettingName, settings } from '../../options/options.ts';
import { type DataSource, type Generation, toDataSource } from './resources/data-source.ts';
import { FOLDER_UID } from './resources/folder.ts';

/** Our files within the folder that Grafana provisions from. */
export const DATA_SOURCES_FILE = 'datasources/raw-requests.yaml';
export const PROVIDERS_FILE = 'dashboards/raw-requests.yaml';
/** A folder of its own: Grafana reads only YAML beside its providers. */
export const DASHBOARDS_FOLDER = 'dashboards/raw-requests';

/**
 * The data source, as a file. What the library reads from the environment is read from there by Grafana too: the same
 * variables, so that the file holds no secret.
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

/** What tells Grafana where the dashboards are: below `root`, which is the folder of all this as Grafana sees it. */
export function providerFile(folder: string, root: string): string {
  const place = folder === 'General' ? { folder: '' } : { folder: literal(folder), folderUid: FOLDER_UID };
  return file('Grafana keeps the dashboards as the files are, and takes changes of the files by itself.', {
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

/** A variable, which Grafana puts its value in for. */
function variable(name: string): string {
  return `\${${name}}`;
}

/** Text that Grafana shall not take for a variable. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function file(comment: string, value: object): string {
  return `# Written by \`npx raw-requests grafana export\`.\n# ${comment}\n${yaml(value).join('\n')}\n`;
}

/** YAML of plain data, line by line. Texts are written as in JSON, which YAML understands. */
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
