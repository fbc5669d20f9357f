import { type Destination, nameOf, readSettings, settings } from '../../../options/options.ts';
import { CliError } from '../../cli-error.ts';
import { Client, NoAnswer } from '../../doctor/checks/client.ts';
import { checkNetwork } from '../../doctor/checks/network.ts';
import { checkServer } from '../../doctor/checks/server/server.ts';
import { checkSettings, type Target } from '../../doctor/checks/settings.ts';
import { queryTarget } from '../../influxql.ts';
import { missingDestination } from '../../missing-destination.ts';
import { readAddress } from '../api/login.ts';
import type { Database, Generation } from './data-source.ts';

export interface DatabaseOptions {
  influxVersion?: Generation;
  influxUrl?: string;
}

/** The database of the library's settings. */
export interface FoundDatabase {
  database: Database;
  timeoutMs: number;
  /** The retention policy that points are written to. Grafana queries the default one. */
  retentionPolicy: string | undefined;
}

/** The database that the library writes to with this environment, in the form that Grafana queries it. */
export async function findDatabase(
  { influxVersion, influxUrl }: DatabaseOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<FoundDatabase> {
  const target = readTarget(env);
  const generation = influxVersion ?? (await askGeneration(target, signal));
  const { destination } = target;
  return {
    database: {
      url: influxUrl ? readAddress(influxUrl, '--influx-url').base : destination.url,
      // In InfluxDB 3, the name of a bucket contains no retention policy.
      name: generation < 3 ? queryTarget(destination).database : nameOf(destination),
      generation,
      access: accessOf(destination),
    },
    timeoutMs: target.timeoutMs,
    retentionPolicy: destination.kind === 'v1' ? destination.retentionPolicy : undefined,
  };
}

function readTarget(env: NodeJS.ProcessEnv): Target {
  const { findings, target } = checkSettings(env, process.cwd());
  if (target !== undefined) return target;
  if (readSettings(settings, {}, env).url.given === undefined) {
    throw missingDestination(
      'Expected INFLUX_URL and the other settings of the app to be set: the data source queries the database that the app writes to.\n' +
        'For example: INFLUX_URL=http://localhost:8086 INFLUX_DATABASE=requests npx raw-requests grafana install',
      env,
      2,
    );
  }
  throw new CliError(findings.map(({ text, next = '' }) => `${text}\n${next}`.trim()).join('\n'), 2);
}

async function askGeneration(target: Target, signal: AbortSignal): Promise<Generation> {
  const hint = 'Or set it: --influx-version 1, 2 or 3.';
  const timeoutMs = Math.min(5000, target.timeoutMs);
  const { url } = target.destination;
  const network = await checkNetwork(url, timeoutMs, signal);
  if (network.level === 'broken') {
    throw new CliError(
      `The database cannot be asked for its version: ${network.text}\n${network.next}\n${hint}`,
    );
  }
  const client = new Client(target, timeoutMs, signal);
  try {
    const { server, finding } = await checkServer(client);
    const { kind, generation = 0, name } = server ?? {};
    if (kind === 'influxdb' && generation >= 1 && generation <= 3) return generation as Generation;
    if (kind === 'victoriametrics' || kind === 'telegraf') {
      const next =
        'Name a database that does, as Grafana reaches it, with --influx-url and --influx-version.';
      throw new CliError(
        `${name} at ${url} takes points, but answers no InfluxQL, which the dashboards ask in.\n${next}`,
      );
    }
    throw new CliError(`The server at ${url} is not known to be an InfluxDB: ${finding.text}\n${hint}`);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new CliError(`The database at ${url} does not report its version: ${error.message}\n${hint}`);
  } finally {
    client.close();
  }
}

/** Grafana queries with the credentials that the library writes with. */
function accessOf({ kind, credentials }: Destination): Database['access'] {
  if (credentials?.kind !== 'user' || kind === 'v1') return credentials;
  return { token: `${credentials.username}:${credentials.password}` };
}
