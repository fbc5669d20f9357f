import { printable } from '../../safety/printable.ts';
import { CliError } from '../cli-error.ts';
import type { Answer, Client } from './api/client.ts';
import { unknownUser } from './api/refused.ts';

/** The Grafana that answered. */
export interface Grafana {
  /** With its version, where it tells it. */
  name: string;
  /** The organization that the credentials belong to, where they may know it. */
  org: { id: number; name: string } | undefined;
}

/** Makes sure that it is Grafana, before it gets the credentials, and that it accepts them. */
export async function connect(client: Client): Promise<Grafana> {
  const health = await client.getUnnamed('/api/health');
  if (typeof health.json?.database !== 'string') throw await notGrafana(client, health);
  if (health.status >= 500) {
    const text = `Grafana at ${client.login.url} is not well: its own database is "${printable(health.json.database)}".`;
    throw new CliError(`${text}\nLook into its log.`);
  }
  const { version } = health.json;
  const answer = await client.get('/api/org');
  if (answer.status === 401) throw unknownUser(client, answer.said);
  const { id, name } = answer.json ?? {};
  const org = typeof id === 'number' && typeof name === 'string' ? { id, name } : undefined;
  return { name: typeof version === 'string' ? `Grafana ${printable(version)}` : 'Grafana', org };
}

/** What is behind the new API's names of organizations. */
export async function namespaceOf(client: Client, { org }: Grafana): Promise<string> {
  const { json } = await client.get('/api/frontend/settings');
  if (typeof json?.namespace === 'string') return json.namespace;
  return org === undefined || org.id === 1 ? 'default' : `org-${org.id}`;
}

async function notGrafana(client: Client, { status, said, location }: Answer): Promise<CliError> {
  const { url } = client.login;
  if (status === 400 && /HTTPS/.test(said)) {
    return new CliError(
      `${url} speaks HTTPS, not plain HTTP.\nTry --grafana ${url.replace(/^http:/, 'https:')}`,
    );
  }
  const target = location ?? (await client.getUnnamed('/')).location;
  const moved = target === null ? undefined : baseOf(target, url);
  if (moved !== undefined && moved !== url) {
    return new CliError(
      `What answers at ${url} redirects to ${moved}.\nIf Grafana is there, say so: --grafana ${moved}`,
    );
  }
  return new CliError(
    `What answers at ${url} is not Grafana: /api/health gives ${status}, and not what Grafana says of its health.\n` +
      'Check host and port in --grafana. Behind a sub path, give the path too: --grafana https://host/grafana',
  );
}

/** The address of a Grafana that redirects there: without what was asked for, and without its login page. */
function baseOf(location: string, url: string): string | undefined {
  if (!URL.canParse(location, url)) return undefined;
  const { origin, pathname } = new URL(location, url);
  return `${origin}${pathname}`.replace(/\/(?:api\/health|login)?\/*$/, '');
}
