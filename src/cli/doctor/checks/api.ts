import { type Destination, nameOf, nounOf } from '../../../options/options.ts';
import { broken, type Finding, fine, shellWord, warning } from '../finding.ts';
import type { Server } from './server/server.ts';
import type { Target } from './settings.ts';

const NAME = 'API';
const RELAYS =
  'and passes it on: "acknowledged" means accepted by this relay, which may still lose it. npx raw-requests verify looks into the database behind it';

/** Checks whether the server has the write endpoint that the settings select. */
export function checkApi(server: Server, { destination }: Target): Finding {
  const { endpoint: path } = destination;
  const name = nameOf(destination);
  const { kind, generation = 0, minor = 0 } = server;

  if (kind === 'engine') {
    const { limits, next, command, isUnusable } = server.engine!;
    if (isUnusable) return broken(NAME, `${server.name} ${limits}`, next);
    return warning(NAME, `${server.name} accepts ${path}, but ${limits}`, next, command);
  }
  if (kind === 'victoriametrics' && server.isRelay)
    return fine(NAME, `${server.name} accepts ${path}, ${RELAYS}`);
  if (kind === 'victoriametrics') {
    return warning(
      NAME,
      `${server.name} accepts ${path}, but stores milliseconds and no text fields, does not support InfluxQL, and answers 204 to lines that it does not keep`,
      'In Grafana, query it with PromQL (field application_time is the metric raw-requests_application_time). What it keeps shows: npx raw-requests verify',
    );
  }
  if (kind === 'telegraf') {
    const wanted = server.name.includes('v2') ? 'bucket' : 'database';
    if (nounOf(destination) === wanted) return fine(NAME, `${server.name} accepts ${path}, ${RELAYS}`);
    return broken(
      NAME,
      `${server.name} has no ${path}`,
      `Set INFLUX_${wanted.toUpperCase()} instead:`,
      rename(destination),
    );
  }
  if (kind === 'influxdb' && generation === 1 && destination.kind === 'v2') {
    if (minor < 8) {
      const next = 'It has only databases, and a username and password instead of a token:';
      return broken(
        NAME,
        `${server.name} has no /api/v2/write, which INFLUX_BUCKET writes to`,
        next,
        rename(destination),
      );
    }
    return fine(NAME, `${server.name} accepts /api/v2/write; the bucket is database/retention-policy`);
  }
  const lacksOrg = destination.kind === 'v2' && destination.org === undefined;
  if (kind === 'influxdb' && generation === 2 && lacksOrg) {
    const next = 'Set INFLUX_ORG to the organization of the bucket. This lists them:';
    return broken(NAME, `${server.name} requires the organization`, next, 'influx org list');
  }
  if (kind === 'influxdb' && generation === 2 && destination.kind === 'v1') {
    return fine(NAME, `${server.name} accepts /write for buckets that a DBRP mapping names "${name}"`);
  }
  const retentionPolicy = destination.kind === 'v1' ? destination.retentionPolicy : undefined;
  if (kind === 'influxdb' && generation >= 3 && retentionPolicy !== undefined) {
    return warning(
      NAME,
      `${server.name} has no retention policies: it writes to the database "${name}/${retentionPolicy}"`,
      'Unset INFLUX_RETENTION_POLICY, or query that database in Grafana.',
    );
  }
  return fine(NAME, `${server.name} accepts ${path}`);
}

function rename(destination: Destination): string {
  return destination.kind === 'v2'
    ? `unset INFLUX_BUCKET; export INFLUX_DATABASE=${shellWord(destination.bucket.split('/')[0]!)}`
    : `unset INFLUX_DATABASE INFLUX_DB; export INFLUX_BUCKET=${shellWord(destination.database)}`;
}
