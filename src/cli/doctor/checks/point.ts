import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf } from '../../../options/options.ts';
import { QueryError, quoteName, quoteText, type Row } from '../../influxql.ts';
import { broken, type Finding, fine, shellWord, skipped, warning } from '../finding.ts';
import { type Answer, type Client, NoAnswer } from './client.ts';
import { duration } from './network.ts';
import type { Bucket } from './server/bucket.ts';
import type { Server } from './server/server.ts';

/** Not the measurement of requests, so that no dashboard shows the point. */
export const MEASUREMENT = 'raw-requests-doctor';

const WRITE = 'Write';
const READ = 'Read back';
const SLOW_MS = 1000;
/** How long a query waits for the point. InfluxDB 3 may show a point some time after it has acknowledged it. */
const VISIBLE_MS = 5000;

/** Writes one point, reads it back, compares it, and removes it. */
export async function* checkPoint(
  client: Client,
  server: Server,
  bucket: Bucket | undefined,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  if (server.kind === 'influxdb' && server.generation === 2 && placeOf(client, bucket) === undefined) {
    yield skipped(
      WRITE,
      'no point is written, because these credentials could not remove it; the empty write was accepted',
    );
    return;
  }
  const check = randomBytes(6).toString('hex');
  const time = BigInt(Date.now()) * 1_000_000n;
  // An integer as large as a start_time. A server or proxy that rounds it would damage every request.
  const value = time + 1n;
  const answer = await client.write(`${MEASUREMENT},check=${check} value=${value}i ${time}`);
  const written = judgeWrite(answer, server, client);
  yield written;
  if (written.level === 'broken') return;

  const where = `WHERE "check" = ${quoteText(check)}`;
  const found = await readBack(client, server, bucket, where, { time, value }, signal);
  const isRemoved = await remove(client, server, bucket, check, where);
  if (found.level === 'fine')
    yield { ...found, text: `${found.text}, and ${isRemoved ? 'removed' : 'not removed'}` };
  else if (server.kind === 'influxdb' && !isRemoved)
    yield { ...found, text: `${found.text}; the point is not removed` };
  else yield found;
}

async function readBack(
  client: Client,
  server: Server,
  bucket: Bucket | undefined,
  where: string,
  written: { time: bigint; value: bigint },
  signal: AbortSignal,
): Promise<Finding> {
  const started = performance.now();
  const timeoutMs = server.kind === 'influxdb' ? Math.min(VISIBLE_MS, client.timeoutMs) : 0;
  let row: Row | undefined;
  try {
    for (;;) {
      [row] = await client.query(`SELECT * FROM ${quoteName(MEASUREMENT)} ${where}`);
      if (row !== undefined || performance.now() - started > timeoutMs) break;
      await sleep(100, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  } catch (error) {
    return unreadable(error, client, server, bucket);
  }
  if (server.kind !== 'influxdb' && row?.check === undefined) return noInfluxQl(server);
  if (row === undefined) {
    const next =
      'INFLUX_URL may lead to several servers, or the database may drop the point because of its age.';
    return broken(READ, 'the point was acknowledged, but is not found', next);
  }
  if (String(row.value) === String(written.value) && String(row.time) === String(written.time)) {
    return fine(READ, `the same point, found after ${duration(performance.now() - started)}`);
  }
  const text = `the point differs from what was written: value ${row.value} at ${row.time}, not ${written.value} at ${written.time}`;
  return broken(READ, text, 'The server or a proxy rounds or changes values.');
}

function noInfluxQl({ name, isRelay, kind }: Server): Finding {
  if (isRelay)
    return skipped(READ, `${name} holds no points; the point is not removed from the database behind it`);
  if (kind !== 'unknown') return skipped(READ, `${name} does not support InfluxQL; the point is not removed`);
  return skipped(
    READ,
    `${name} does not answer InfluxQL. If it is a relay, as Telegraf's http_listener_v2 is, "acknowledged" means accepted by it, and npx raw-requests verify looks into the database behind it; the point is not removed`,
  );
}

function judgeWrite(
  { status, serverMessage, ms }: Answer,
  { name, isRelay, kind }: Server,
  { target }: Client,
): Finding {
  if (status === 204 || status === 201) {
    const isHeld = !isRelay && kind !== 'unknown';
    const text = `one point is ${isHeld ? 'stored' : 'accepted'}, after ${duration(ms)}`;
    if (ms < Math.min(SLOW_MS, target.timeoutMs / 2)) return fine(WRITE, text);
    const next =
      'One batch is sent at a time: when each takes longer than RAW_REQUESTS_FLUSH_INTERVAL_MS, they queue up.';
    return warning(WRITE, text, next);
  }
  const text = `refused: ${status} ${serverMessage}`.trim();
  if (status === 200)
    return broken(WRITE, text, `${name} answers 200, but InfluxDB answers 204. Does INFLUX_URL lead to it?`);
  if (status === 413)
    return broken(WRITE, text, 'Allow larger bodies in the server, or in the proxy before it.');
  if (status === 429) return broken(WRITE, text, 'The server limits writes: check its quota.');
  if (status >= 500) return broken(WRITE, text, 'Check the log of the server; is its disk full?');
  if (/unsupported|encoding|gzip/i.test(serverMessage))
    return broken(WRITE, text, 'The server must accept gzip, which is used for all points.');
  return broken(WRITE, text, 'The server says why.');
}

function unreadable(error: unknown, client: Client, server: Server, bucket: Bucket | undefined): Finding {
  if (error instanceof NoAnswer)
    return warning(READ, `not possible: ${error.message}`, 'Writing works; queries do not.');
  if (!(error instanceof QueryError)) throw error;
  const reason = client.clean(error.reason);
  if (server.kind === 'influxdb' && server.generation === 2 && error.status !== 405) {
    const name = shellWord(nameOf(client.target.destination));
    return warning(
      READ,
      `not allowed, or no database is mapped to the bucket: ${reason}`,
      'That is enough to write. Grafana needs a token that may read, and from InfluxDB 2.4 on no mapping:',
      `influx auth create --read-bucket ${bucket === undefined ? `BUCKET_ID_OF_${name}` : client.clean(bucket.id)}`,
    );
  }
  if (server.kind !== 'influxdb' || error.status === 404 || error.status === 405) {
    return noInfluxQl(server);
  }
  if (error.status === 401 || error.status === 403) {
    return warning(
      READ,
      `not allowed: ${reason}`,
      'That is enough to write. Grafana needs a user or token that may read.',
    );
  }
  return warning(READ, `not possible: ${reason}`, 'Writing works, but Grafana may get the same error.');
}

/** Removes the point, with the permission to write only. Returns whether it is removed; InfluxDB 3 cannot delete. */
async function remove(
  client: Client,
  { kind, generation }: Server,
  bucket: Bucket | undefined,
  check: string,
  where: string,
): Promise<boolean> {
  if (kind !== 'influxdb') return false;
  try {
    if (generation === 1) {
      await client.query(`DROP SERIES FROM ${quoteName(MEASUREMENT)} ${where}`);
      return true;
    }
    const place = placeOf(client, bucket);
    if (generation === 2 && place !== undefined) {
      const range = { start: '1970-01-01T00:00:00Z', stop: '2200-01-01T00:00:00Z' };
      const predicate = `_measurement="${MEASUREMENT}" AND check="${check}"`;
      const path = `/api/v2/delete?${new URLSearchParams(place)}`;
      const { status } = await client.postJson(path, { ...range, predicate });
      return status === 204;
    }
  } catch (error) {
    if (!(error instanceof QueryError || error instanceof NoAnswer)) throw error;
  }
  return false;
}

/** The bucket, in the words of the endpoint that deletes; undefined if it is not known. */
function placeOf(
  { target: { destination } }: Client,
  bucket: Bucket | undefined,
): Record<string, string> | undefined {
  if (bucket !== undefined) return { orgID: bucket.orgId, bucketID: bucket.id };
  if (destination.kind !== 'v2' || destination.org === undefined) return undefined;
  return { org: destination.org, bucket: destination.bucket };
}
