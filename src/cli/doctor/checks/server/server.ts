import { textOf } from '../../../../safety/foreign-text.ts';
import { broken, type Finding, fine, warning } from '../../finding.ts';
import { type Answer, type Client, parseObject } from '../client.ts';
import { type Engine, engineOf } from './engines.ts';

/** The server at the address. */
export interface Server {
  kind: 'influxdb' | 'victoriametrics' | 'telegraf' | 'engine' | 'unknown';
  engine?: Engine;
  /** Passes points on, and holds none: what it acknowledges, it has accepted, and may still lose. */
  isRelay?: boolean;
  /** Generation of InfluxDB: 1, 2 or 3. */
  generation?: number;
  minor?: number;
  /** Name and version, for messages. */
  name: string;
}

const NAME = 'Server';

/** Recognizes the server. `server` is undefined if further checks are useless. */
export async function checkServer(
  client: Client,
): Promise<{ finding: Finding; server?: Server; ping: Answer }> {
  const ping = await client.get('/ping');
  const { status, headers } = ping;
  const give = (server: Server, finding = fine(NAME, server.name)) => ({ finding, server, ping });
  const stop = (text: string, next: string) => ({ finding: broken(NAME, text, next), ping });

  if (status >= 300 && status < 400) {
    const to = client.clean(String(headers.location ?? 'nowhere')).replace(/\/ping$/, '');
    return stop(`it redirects to ${to}`, 'Redirects are not followed: set INFLUX_URL to that address.');
  }
  if (status === 400 && /HTTPS/.test(ping.serverMessage)) {
    const secure = client.target.destination.url.replace(/^http:/, 'https:');
    return stop('it speaks HTTPS, not plain HTTP', `Set INFLUX_URL=${secure}`);
  }
  if (status >= 502 && status <= 504) {
    return stop(
      `a proxy answers ${status}: ${ping.serverMessage}`,
      'The server behind that proxy is down, or the proxy cannot reach it.',
    );
  }

  const engine = engineOf(ping, client.target.destination.url);
  if (engine !== undefined) return give({ kind: 'engine', engine, name: engine.name });

  const version = header(headers['x-influxdb-version']) ?? textOf(parseObject(ping.body)?.version);
  const build = header(headers['x-influxdb-build']);
  // Telegraf's listener sends version 1.0 without a build. Every real InfluxDB without a build has another version.
  if (version === '1.0' && build === undefined) return give(telegraf('influxdb_listener'));
  if (build === 'telegraf') return give(telegraf('influxdb_v2_listener'));
  const [, generation, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (generation !== undefined) {
    const name = `InfluxDB ${client.clean(version.replace(/^v/, ''))}`;
    const server: Server = { kind: 'influxdb', generation: Number(generation), minor: Number(minor), name };
    const finding = fine(NAME, build === undefined ? name : `${name} (${client.clean(build)})`);
    return give(server, (await unhealthy(client, server)) ?? finding);
  }
  if (status === 401) {
    // InfluxDB 3 does not send its version without credentials, and neither do proxies with a password.
    const server: Server = { kind: 'influxdb', generation: 3, name: 'InfluxDB 3, or a proxy' };
    return give(
      server,
      fine(NAME, 'it requires credentials before it sends its version, as InfluxDB 3 does'),
    );
  }
  return (
    (await recognise(client, ping, give)) ??
    stop(
      `not InfluxDB: it answers /ping with ${status}${describe(headers['content-type'])}`,
      'Check host and port in INFLUX_URL; something else listens there.',
    )
  );
}

async function recognise(
  client: Client,
  ping: Answer,
  give: (server: Server, finding?: Finding) => { finding: Finding; server: Server; ping: Answer },
) {
  const page = await client.get('/');
  const [, victoria] = /(VictoriaMetrics|vmagent)/.exec(page.body) ?? [];
  if (victoria !== undefined) {
    // Its /api/v1/status/buildinfo has the version of Prometheus that it is compatible with.
    const { body } = await client.get('/metrics');
    const version = client.clean(/^vm_app_version\{[^}]*\bshort_version="v?([^"]*)"/m.exec(body)?.[1] ?? '');
    const name = version === '' ? victoria : `${victoria} ${version}`;
    return give({ kind: 'victoriametrics', isRelay: victoria === 'vmagent', name });
  }
  if (parseObject((await client.get('/api/v2/ready')).body)?.status === 'ready') {
    return give(telegraf('influxdb_v2_listener'));
  }
  const health = parseObject((await client.get('/health')).body);
  if (health?.name === 'influxdb') {
    const version = client.clean(textOf(health.version)).replace(/^v/, '');
    const generation = Number.parseInt(version, 10) || 2;
    return give({ kind: 'influxdb', generation, name: `InfluxDB ${version}`.trim() });
  }
  const isPage = /html/.test(ping.headers['content-type'] ?? '');
  if (ping.status === 204 || (ping.status === 404 && !isPage)) {
    const text = `unknown: it answers /ping with ${ping.status} and sends no version`;
    const next =
      'The checks go on, because a proxy may hide the version. Otherwise check host and port in INFLUX_URL.';
    return give({ kind: 'unknown', name: 'this server' }, warning(NAME, text, next));
  }
  return undefined;
}

function telegraf(listener: string): Server {
  return { kind: 'telegraf', isRelay: true, name: `Telegraf, ${listener}` };
}

/** A warning if InfluxDB 2 or 3 reports a problem at `/health`. */
async function unhealthy(client: Client, { generation = 0, name }: Server): Promise<Finding | undefined> {
  if (generation < 2) return undefined;
  const answer = await client.get('/health');
  const status = parseObject(answer.body)?.status;
  if (status === undefined || status === 'pass') return undefined;
  return warning(NAME, `${name}, which reports a problem: ${answer.serverMessage}`, 'Check its log.');
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function describe(type: string | undefined): string {
  return type === undefined ? '' : ` and ${type.split(';')[0]}`;
}
