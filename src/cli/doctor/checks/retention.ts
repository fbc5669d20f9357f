import { textOf } from '../../../safety/foreign-text.ts';
import { QueryError, queryTarget, quoteName, type Row } from '../../influxql.ts';
import { broken, type Finding, fine, skipped, warning } from '../finding.ts';
import { influxQl } from './access.ts';
import { type Client, NoAnswer } from './client.ts';
import type { Bucket } from './server/bucket.ts';
import type { Server } from './server/server.ts';

const NAME = 'Retention';
const DAY = 86_400;

/**
 * Checks how long points are kept. Undefined if the server has no retention, or it cannot be read.
 *
 * @param bucket of InfluxDB 2.x, if the token may read it
 */
export async function checkRetention(
  client: Client,
  server: Server,
  bucket: Bucket | undefined,
): Promise<Finding | undefined> {
  if (server.kind !== 'influxdb') return undefined;
  try {
    if (server.generation === 1) return await policy(client);
    if (server.generation === 2) return bucketRule(client, bucket);
  } catch (error) {
    if (error instanceof QueryError) return skipped(NAME, `not known: ${client.clean(error.reason)}`);
    if (error instanceof NoAnswer) return skipped(NAME, `not known: ${error.message}`);
    throw error;
  }
  return undefined;
}

async function policy(client: Client): Promise<Finding> {
  const { destination } = client.target;
  const { database, retentionPolicy: wanted } = queryTarget(destination);
  const rows: Row[] = await client.query(`SHOW RETENTION POLICIES ON ${quoteName(database)}`);
  const row = rows.find((candidate) =>
    wanted === undefined ? candidate.default : candidate.name === wanted,
  );
  const admin = destination.credentials !== undefined;
  if (row === undefined) {
    const what = wanted === undefined ? 'no default policy' : `no retention policy "${wanted}"`;
    const statement = `CREATE RETENTION POLICY ${quoteName(wanted ?? 'month')} ON ${quoteName(database)} DURATION 30d REPLICATION 1${wanted === undefined ? ' DEFAULT' : ''}`;
    return broken(
      NAME,
      `the database has ${what}: each write fails`,
      'Create it, or correct INFLUX_RETENTION_POLICY:',
      influxQl(destination.url, statement, admin),
    );
  }
  const statement = `ALTER RETENTION POLICY ${quoteName(textOf(row.name))} ON ${quoteName(database)} DURATION 30d`;
  return judge(
    secondsOf(textOf(row.duration)),
    `"${textOf(row.name)}"`,
    influxQl(destination.url, statement, admin),
  );
}

function bucketRule(client: Client, bucket: Bucket | undefined): Finding {
  if (bucket === undefined) return skipped(NAME, 'not known: the token may not read the bucket');
  const command = `influx bucket update --id ${client.clean(bucket.id)} --retention 30d`;
  return judge(bucket.keptSeconds, 'the bucket', command);
}

function judge(seconds: number, what: string, command: string): Finding {
  if (seconds === 0) return fine(NAME, `${what} keeps points for ever`);
  const text = `${what} keeps points for ${inWords(seconds)}`;
  return seconds >= DAY
    ? fine(NAME, text)
    : warning(
        NAME,
        text,
        'The database keeps no older points, and says nothing when it drops some, as from a spool. Keep them longer:',
        command,
      );
}

/** `168h0m0s` -> 604800 */
function secondsOf(duration: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * units[unit!]!,
    0,
  );
}

function inWords(seconds: number): string {
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 2 * DAY ? `${Math.round(seconds / 3600)} h` : `${Math.floor(seconds / DAY)} days`;
}
