import { printable } from '../../safety/printable.ts';
import { CliError } from '../cli-error.ts';
import type { Answer, Client } from './api/client.ts';
import { unknownUser } from './api/refused.ts';

/** A running Grafana. */
export interface Grafana {
  /** Name for messages, with the version if it is known. */
  name: string;
  /** The organization of the credentials, if they may read it. */
  org: { id: number; name: string } | undefined;
}

/** Checks that the server is Grafana, before any credentials are sent, and that it accepts them. */
export async function connect(client: Client): Promise<Grafana> {
  const health = await client.getAnonymously('/api/health');
  if (typeof health.json?.database !== 'string') throw await notGrafana(client, health);
  if (health.status >= 500) {
    const text = `Grafana at ${client.login.url} is not healthy: its own database is "${printable(health.json.database)}".`;
    throw new CliError(`${text}\nCheck its log.`);
  }
  const { version } = health.json;
  const answer = await client.get('/api/org');
  if (answer.status === 401) throw unknownUser(client, answer.serverMessage);
  const { id, name } = answer.json ?? {};
  const org = typeof id === 'number' && typeof name === 'string' ? { id, name } : undefined;
  return { name: typeof version === 'string' ? `Grafana ${printable(version)}` : 'Grafana', org };
}

/** The namespace of the organization in Grafana's new API. */
export async function namespaceOf(client: Client, { org }: Grafana): Promise<string> {
  const { json } = await client.get('/api/frontend/settings');
  if (typeof json?.namespace === 'string') return json.namespace;
  return org === undefined || org.id === 1 ? 'default' : `org-${org.id}`;
}

async function notGrafana(client: Client, { status, serverMessage, location }: Answer): Promise<CliError> {
  const { url } = client.login;
  if (status === 400 && /HTTPS/.test(serverMessage)) {
    return new CliError(
      `${url} speaks HTTPS, not plain HTTP.\nTry --grafana ${url.replace(/^http:/, 'https:')}`,
    );
  }
  const target = location ?? (await client.getAnonymously('/')).location;
  const moved = target === null ? undefined : baseOf(target, url);
  if (moved !== undefined && moved !== url) {
    return new CliError(
      `What answers at ${url} redirects to ${moved}.\nIf Grafana is there, use --grafana ${moved}`,
    );
  }
  return new CliError(
    `What answers at ${url} is not Grafana: /api/health answers ${status}, and not the health of Grafana.\n` +
      'Check host and port in --grafana. Behind a sub path, give the path too: --grafana https://host/grafana',
  );
}

/** The base address of a redirect target: without the path that was requested, and without the login page. */
function baseOf(location: string, url: string): string | undefined {
  if (!URL.canParse(location, url)) return undefined;
  const { origin, pathname } = new URL(location, url);
  return `${origin}${pathname}`.replace(/\/(?:api\/health|login)?\/*$/, '');
}
