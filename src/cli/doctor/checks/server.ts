import { textOf } from '../../../safety/foreign-text.ts';
import { broken, type Finding, fine, warning } from '../finding.ts';
import { type Answer, type Client, parseObject } from './client.ts';

/** What answers at the address. */
export interface Server {
  kind: 'influxdb' | 'victoriametrics' | 'telegraf' | 'unknown';
  /** Of InfluxDB: 1, 2 or 3. */
  generation?: number;
  minor?: number;
  /** With its version, for sentences. */
  name: string;
}

const NAME = 'Server';

/** What the server is. Nothing instead of it: there is no point in going on. */
export async function checkServer(
  client: Client,
): Promise<{ finding: Finding; server?: Server; ping: Answer }> {
  const ping = await client.get('/ping');
  const { status, headers } = ping;
  const give = (server: Server, finding = fine(NAME, server.name)) => ({ finding, server, ping });
  const stop = (text: string, next: string) => ({ finding: broken(NAME, text, next), ping });

  if (status >= 300 && status < 400) {
    const to = client.clean(String(headers.location ?? 'nowhere')).replace(/\/ping$/, '');
    return stop(`it redirects to ${to}`, 'Redirects are not followed: set INFLUX_URL to the address itself.');
  }
  if (status === 400 && /HTTPS/.test(ping.said)) {
    const secure = client.target.destination.url.replace(/^http:/, 'https:');
    return stop('it speaks HTTPS, not plain HTTP', `Set INFLUX_URL=${secure}`);
  }
  if (status >= 502 && status <= 504) {
    return stop(
      `a proxy answers ${status}: ${ping.said}`,
      'The server behind that proxy is not up, or not reached by it.',
    );
  }

  const version = header(headers['x-influxdb-version']) ?? textOf(parseObject(ping.body)?.version);
  const build = header(headers['x-influxdb-build']);
  // Telegraf's listener says it is a 1.0, which no real one that sends no build ever was.
  if (version === '1.0' && build === undefined)
    return give({ kind: 'telegraf', name: 'Telegraf, influxdb_listener' });
  const [, generation, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (generation !== undefined) {
    const name = `InfluxDB ${client.clean(version.replace(/^v/, ''))}`;
    const server: Server = { kind: 'influxdb', generation: Number(generation), minor: Number(minor), name };
    const finding = fine(NAME, build === undefined ? name : `${name} (${client.clean(build)})`);
    return give(server, (await unhealthy(client, server)) ?? finding);
  }
  if (status === 401) {
    // InfluxDB 3 tells nobody what it is. So do proxies with a password.
    const server: Server = { kind: 'influxdb', generation: 3, name: 'InfluxDB 3, or a proxy' };
    return give(server, fine(NAME, 'it wants credentials before it says what it is, as InfluxDB 3 does'));
  }
  return (
    (await recognise(client, ping, give)) ??
    stop(
      `no InfluxDB: it answers /ping with ${status}${describe(headers['content-type'])}`,
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
    const info = parseObject((await client.get('/api/v1/status/buildinfo')).body)?.data as
      | { version?: unknown }
      | undefined;
    const version = client.clean(textOf(info?.version));
    const name = version === '' ? victoria : `${victoria} ${version}`;
    return give({ kind: 'victoriametrics', name });
  }
  if (parseObject((await client.get('/api/v2/ready')).body)?.status === 'ready') {
    return give({ kind: 'telegraf', name: 'Telegraf, influxdb_v2_listener' });
  }
  const health = parseObject((await client.get('/health')).body);
  if (health?.name === 'influxdb') {
    const version = client.clean(textOf(health.version)).replace(/^v/, '');
    const generation = Number.parseInt(version, 10) || 2;
    return give({ kind: 'influxdb', generation, name: `InfluxDB ${version}`.trim() });
  }
  const isPage = /html/.test(ping.headers['content-type'] ?? '');
  if (ping.status === 204 || (ping.status === 404 && !isPage)) {
    const text = `not known: it answers /ping with ${ping.status} and names no version`;
    const next = 'Going on, as a proxy may hide what it is. Else check host and port in INFLUX_URL.';
    return give({ kind: 'unknown', name: 'this server' }, warning(NAME, text, next));
  }
  return undefined;
}

/** A server of the second generation and later says when it is not well. */
async function unhealthy(client: Client, { generation = 0, name }: Server): Promise<Finding | undefined> {
  if (generation < 2) return undefined;
  const answer = await client.get('/health');
  const status = parseObject(answer.body)?.status;
  if (status === undefined || status === 'pass') return undefined;
  return warning(NAME, `${name}, which says that it is not well: ${answer.said}`, 'Look into its log.');
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function describe(type: string | undefined): string {
  return type === undefined ? '' : ` and ${type.split(';')[0]}`;
}
