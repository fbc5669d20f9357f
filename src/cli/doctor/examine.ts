import { spoolKey } from '../../export/spool/owner.ts';
import { checkAccess } from './checks/access.ts';
import { checkApi } from './checks/api.ts';
import { Client, NoAnswer } from './checks/client.ts';
import { checkClock } from './checks/clock.ts';
import { checkDashboards } from './checks/dashboards.ts';
import { checkNode, checkPackage } from './checks/here.ts';
import { checkNetwork } from './checks/network.ts';
import { checkPoint } from './checks/point.ts';
import { checkRetention } from './checks/retention.ts';
import { checkId, findBucket } from './checks/server/bucket.ts';
import { checkServer } from './checks/server/server.ts';
import { checkSettings, type Target } from './checks/settings.ts';
import { checkSpool } from './checks/spool.ts';
import { broken, type Finding } from './finding.ts';

/** The subject of an examination. */
export interface Examination {
  env: NodeJS.ProcessEnv;
  /** The folder of the app. */
  folder: string;
  /** The version of this package. */
  version: string;
  /** Whether a point may be written. */
  write: boolean;
  signal: AbortSignal;
}

/** The longest time of a step; shorter if the option `timeoutMs` is. */
const STEP_TIMEOUT_MS = 5000;

/** Runs all checks in order, and yields their findings. Ends early if all further checks would fail as well. */
export async function* examine(examination: Examination): AsyncGenerator<Finding> {
  const { env, folder, version, signal } = examination;
  yield checkNode();
  yield checkPackage(folder, version);
  const { findings, target, options } = checkSettings(env, folder);
  yield* findings;
  if (options?.spoolDir !== undefined)
    yield* await checkSpool(options.spoolDir, target && spoolKey(target.destination));
  if (target === undefined) return;

  const timeoutMs = Math.min(STEP_TIMEOUT_MS, target.timeoutMs);
  const network = await checkNetwork(target.destination.url, timeoutMs, signal);
  yield network;
  if (network.level === 'broken') return;
  yield* examineServer(examination, target, timeoutMs);
}

async function* examineServer(
  { write, signal }: Examination,
  target: Target,
  timeoutMs: number,
): AsyncGenerator<Finding> {
  const client = new Client(target, timeoutMs, signal);
  let step = 'Server';
  try {
    const { finding, server, ping } = await checkServer(client);
    yield finding;
    if (server === undefined) return;
    yield checkClock(ping);

    const api = checkApi(server, target);
    yield api;
    if (api.level === 'broken') return;
    const dashboards = checkDashboards(server);
    if (dashboards !== undefined) yield dashboards;

    step = 'Credentials';
    const access = await checkAccess(client, server);
    yield* access;
    if (access.some(isBroken)) return;

    step = 'Retention';
    const isVersion2 = server.kind === 'influxdb' && server.generation === 2;
    const bucket = isVersion2 ? await findBucket(client) : undefined;
    if (bucket !== undefined && target.destination.kind === 'v2') {
      const { id, name } = bucket;
      if (name !== target.destination.bucket) yield checkId(client, id, name);
      client.database = name;
    }
    const retention = await checkRetention(client, server, bucket);
    if (retention !== undefined) yield retention;
    if (!write || retention?.level === 'broken') return;

    step = 'Write';
    yield* checkPoint(client, server, bucket, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    yield error instanceof NoAnswer
      ? broken(step, `it was reached, but then: ${message}`, 'Check the port, and the log of the server.')
      : broken(step, `its answer has an unknown form: ${message}`, 'Is it an answer of InfluxDB?');
  } finally {
    client.close();
  }
}

function isBroken({ level }: Finding): boolean {
  return level === 'broken';
}
