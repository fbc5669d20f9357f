import { isDeepStrictEqual } from 'node:util';
import { textOf } from '../../../safety/foreign-text.ts';
import { printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import type { Answer, Client } from '../api/client.ts';
import { isGone, type Right, refused } from '../api/refused.ts';
import type { Change } from './change.ts';

/** The generation of InfluxDB. */
export type Generation = 1 | 2 | 3;

/** The database that Grafana queries, and its credentials. */
export interface Database {
  url: string;
  name: string;
  generation: Generation;
  access: { username: string; password: string } | { token: string } | undefined;
}

/** A data source in the form of Grafana's API and provisioning files. */
export interface DataSource {
  name: string;
  uid: string;
  type: 'influxdb';
  access: 'proxy';
  url: string;
  user: string;
  /** For Grafana 7 and 8; later versions read `jsonData.dbName`. */
  database: string;
  basicAuth: false;
  jsonData: Record<string, unknown>;
  secureJsonData: Record<string, string>;
}

export const DATA_SOURCE_UID = 'raw-requests';
export const DATA_SOURCE_NAME = 'Raw Requests';

/**
 * The data source, with InfluxQL for all three generations. As in Grafana's own examples, users have a password, and
 * tokens are sent in a header.
 * https://github.com/grafana/grafana-influxdb-datasource/blob/main/provisioning/datasources/datasources.yml
 */
export function toDataSource(
  name: string,
  { url, name: database, generation, access }: Database,
): DataSource {
  const isToken = access !== undefined && 'token' in access;
  return {
    name,
    uid: DATA_SOURCE_UID,
    type: 'influxdb',
    access: 'proxy',
    url,
    user: access !== undefined && 'username' in access ? access.username : '',
    database,
    basicAuth: false,
    jsonData: {
      product: `InfluxDB OSS ${generation}.x`,
      version: 'InfluxQL',
      dbName: database,
      httpMode: 'POST',
      ...(isToken ? { httpHeaderName1: 'Authorization' } : {}),
    },
    secureJsonData: isToken
      ? { httpHeaderValue1: `Token ${access.token}` }
      : access !== undefined
        ? { password: access.password }
        : {},
  };
}

/** The keys of `jsonData` that are updated. Others were set in Grafana, and are kept. */
const OURS = new Set(['product', 'version', 'dbName', 'httpMode', 'httpHeaderName1']);
const RIGHT: Right = {
  role: 'Admin',
  permissions: 'datasources:read, datasources:create and datasources:write',
};

/** Creates or updates the data source. Without a `name`, an existing one keeps its name. */
export async function saveDataSource(
  client: Client,
  database: Database,
  name: string | undefined,
  dryRun: boolean,
): Promise<Change> {
  // The whole list, because old versions find a single data source only by name or id, not by uid.
  const answer = await client.get('/api/datasources');
  if (answer.status !== 200 || !Array.isArray(answer.json))
    throw refused(client, answer, 'read data sources', RIGHT);
  const list = answer.json as Record<string, unknown>[];
  const current = list.find(({ uid }) => uid === DATA_SOURCE_UID);
  const title = name ?? (textOf(current?.name) || DATA_SOURCE_NAME);
  if (list.some((other) => other !== current && other.name === title)) throw taken(title);
  const wanted = toDataSource(title, database);
  if (current === undefined) return create(client, wanted, dryRun);

  const change = { kind: 'data source', title: wanted.name } as const;
  if (current.readOnly === true) {
    return {
      ...change,
      title: textOf(current.name),
      what: 'provisioned',
      note: 'by a file of Grafana, which takes precedence',
    };
  }
  const value = merge(current, wanted);
  const what = isSame(current, value) ? 'unchanged' : 'updated';
  const hasSecret = Object.keys(wanted.secureJsonData).length > 0;
  // Grafana does not return secrets, so it is not known whether the secret has changed.
  const note = hasSecret && what === 'unchanged' ? { note: 'its secret is sent again' } : {};
  if (dryRun || (what === 'unchanged' && !hasSecret)) return { ...change, what, ...note };

  let saved = await client.send('PUT', `/api/datasources/uid/${DATA_SOURCE_UID}`, value);
  // Grafana 7 and 8 find it only by its id.
  if (isGone(saved)) saved = await client.send('PUT', `/api/datasources/${current.id}`, value);
  if (saved.status !== 200) throw notSaved(client, saved, wanted.name, 'change');
  return { ...change, what, ...note };
}

async function create(client: Client, wanted: DataSource, dryRun: boolean): Promise<Change> {
  if (!dryRun) {
    const saved = await client.send('POST', '/api/datasources', wanted);
    if (saved.status !== 200 && saved.status !== 201) throw notSaved(client, saved, wanted.name, 'create');
  }
  return { kind: 'data source', title: wanted.name, what: 'created' };
}

function notSaved(client: Client, answer: Answer, name: string, doing: string): CliError {
  return answer.status === 409 ? taken(name) : refused(client, answer, `${doing} the data source`, RIGHT);
}

function taken(name: string): CliError {
  return new CliError(
    `Grafana has another data source "${printable(name)}", which is left as it is.\nGive this one another name: --datasource NAME`,
  );
}

function merge(current: Record<string, unknown>, wanted: DataSource): Record<string, unknown> {
  const kept = Object.entries(Object(current.jsonData)).filter(([key]) => !OURS.has(key));
  return {
    ...wanted,
    isDefault: current.isDefault === true,
    jsonData: { ...Object.fromEntries(kept), ...wanted.jsonData },
  };
}

function isSame(current: Record<string, unknown>, value: Record<string, unknown>): boolean {
  const { secureJsonData: _, ...visible } = value;
  const seen = Object.fromEntries(Object.keys(visible).map((key) => [key, current[key]]));
  // Newer versions omit empty values.
  seen.user ??= '';
  seen.database ??= '';
  return isDeepStrictEqual(seen, visible);
}
