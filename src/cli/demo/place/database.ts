import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Destination, resolveOptions } from '../../../options/options.ts';
import { packageRoot } from '../../../package-root.ts';
import { CliError } from '../../cli-error.ts';
import { shellWord } from '../../doctor/finding.ts';
import { type InfluxTarget, influxQuery, QueryError, queryTarget } from '../../influxql.ts';
import { findInfluxd, findOnPath, startInfluxd } from './influxd.ts';
import { type DemoPlace, withoutDestination } from './place.ts';
import { StoredRun } from './stored.ts';

const OWN_DATABASE = 'requests';

/** The InfluxDB of the environment, if it names one. */
export async function openDatabase(env: NodeJS.ProcessEnv, run: string): Promise<DemoPlace | undefined> {
  const { destination } = resolveOptions({}, env);
  if (!destination) return undefined;
  const target = queryTarget(destination);
  await assertReady(destination, target);
  return { ...placeOf(target, run, false), env, close: async () => {} };
}

/** A private `influxd`. It is installed first if it is missing and this system can install it. */
export async function openOwn(
  env: NodeJS.ProcessEnv,
  run: string,
  say: (text: string) => void,
): Promise<DemoPlace> {
  if (findInfluxd() === undefined) installInfluxd(say);
  const influxd = await startInfluxd();
  await influxd.query(`CREATE DATABASE ${OWN_DATABASE}`);
  return {
    ...placeOf({ url: influxd.url, database: OWN_DATABASE }, run, true),
    env: { ...withoutDestination(env), INFLUX_URL: influxd.url, INFLUX_DATABASE: OWN_DATABASE },
    close: () => influxd.stop(),
  };
}

function placeOf(target: InfluxTarget & { database: string }, run: string, own: boolean) {
  const at = `${target.url}, database "${target.database}"`;
  const stored = new StoredRun(target, run);
  return {
    label: `Database  ${at}${own ? ', started for this demo' : ''}`,
    stored,
    query: { at, statement: stored.statement, own },
  };
}

function installInfluxd(say: (text: string) => void): void {
  const setup = join(packageRoot(), 'scripts', 'setup.sh');
  if (existsSync(setup) && findOnPath('apt-get') !== undefined) {
    say('There is no `influxd` here yet: installing the Debian package `influxdb`.');
    const { status } = spawnSync('sh', [setup, 'influxdb'], { stdio: 'inherit' });
    say('');
    if (status === 0 && findInfluxd() !== undefined) return;
  }
  throw new CliError(
    [
      'The demo needs an InfluxDB to write to. Either',
      '  - name one that runs:   INFLUX_URL=http://localhost:8086 INFLUX_DATABASE=requests',
      '  - or install InfluxDB 1.x, so that `influxd` is on the PATH (Debian: apt-get install influxdb);',
      '    the demo then starts one of its own for as long as it runs.',
    ].join('\n'),
  );
}

/** Checks the database before the traffic starts, so that an error shows at once. */
async function assertReady(
  destination: Destination,
  target: InfluxTarget & { database: string },
): Promise<void> {
  try {
    await influxQuery(target, 'SELECT "application_time" FROM "raw-requests" LIMIT 1');
  } catch (error) {
    if (!(error instanceof QueryError)) {
      throw new CliError(`No answer from ${target.url}: ${causeOf(error)}. Check INFLUX_URL.`);
    }
    if (error.status === 401 || error.status === 403)
      throw new CliError(
        `${error.message}. Check the credentials (INFLUX_TOKEN, or INFLUX_USERNAME and INFLUX_PASSWORD): the demo reads what it has written.`,
      );
    if (/^database not found|\bdbrp\b|bucket .*not found/i.test(error.reason)) {
      throw new CliError(await missing(destination, target));
    }
    // A server without InfluxQL is an error only at the end, when the points are counted.
  }
}

/** What to do about a database or bucket that is not there. */
async function missing(
  destination: Destination,
  { url, database }: InfluxTarget & { database: string },
): Promise<string> {
  const create = `curl -X POST '${url}/query' --data-urlencode 'q=CREATE DATABASE "${database}"'`;
  if (destination.kind === 'v1')
    return `${url} has no database "${database}" yet. Create it with\n  ${create}`;
  const { bucket, org = 'ORG' } = destination;
  const none = `${url} has no bucket "${bucket}" yet, or the token may not read it.`;
  // InfluxDB 1.8 has buckets as well: each is a database and a retention policy.
  const { headers } = await fetch(`${url}/ping`).catch(() => ({ headers: new Headers() }));
  if (/^v?1\./.test(headers.get('x-influxdb-version') ?? ''))
    return `${none} It is a database here. Create it with\n  ${create}`;
  return `${none} Create it with\n  influx bucket create --name ${shellWord(bucket)} --org ${shellWord(org)} --retention 30d`;
}

function causeOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message;
}
