import { nameOf, nounOf } from '../../../options/options.ts';
import { textOf } from '../../../safety/foreign-text.ts';
import { QueryError, quoteName } from '../../influxql.ts';
import { broken, type Finding, fine, shellWord, warning } from '../finding.ts';
import { type Answer, type Client, NoAnswer } from './client.ts';
import type { Server } from './server/server.ts';
import type { Target } from './settings.ts';

const CREDENTIALS = 'Credentials';

/**
 * Checks whether these credentials may write, and whether the database exists, with a write without points. Every
 * generation of InfluxDB checks the rest of such a request first.
 */
export async function checkAccess(client: Client, server: Server): Promise<Finding[]> {
  const answer = await client.write();
  const { status, serverMessage } = answer;
  const { target } = client;
  const title = nounOf(target.destination) === 'bucket' ? 'Bucket' : 'Database';
  if (status === 401 || status === 403) return [refused(status, answer, server, target)];
  if (status === 404) return notFound(title, answer, server, client);
  // InfluxDB 1.x checks the retention policy last, and answers 500 if it does not exist.
  if (status >= 500 && !/retention policy not found/.test(serverMessage))
    return [broken(CREDENTIALS, `the server fails: ${status} ${serverMessage}`, 'Check its log.')];
  if (status === 204 || status === 201 || status >= 500 || isAboutPoints(answer, server)) {
    return [accepted(target), exists(title, server, target)];
  }
  const text = `an empty write was answered with ${status} ${serverMessage}`.trim();
  return [warning(CREDENTIALS, text, 'The server gave no reason; the next checks may show it.')];
}

/** Whether the answer is about the missing points, which InfluxDB 2.x and 3.x check last. */
function isAboutPoints({ status, serverMessage }: Answer, { generation = 0 }: Server): boolean {
  return status === 400 && (generation >= 3 || /requires points|empty/i.test(serverMessage));
}

function accepted({ destination }: Target, right = ', and may write'): Finding {
  const given = destination.credentials !== undefined;
  return fine(CREDENTIALS, given ? `accepted${right}` : 'none given, and none required');
}

function exists(title: string, { kind, generation = 0 }: Server, { destination }: Target): Finding {
  const name = nameOf(destination);
  if (kind === 'influxdb' && generation >= 3)
    return fine(title, `"${name}", which the first write creates if it does not exist`);
  if (kind === 'influxdb') return fine(title, `"${name}" exists`);
  return fine(title, `"${name}" is accepted; the server does not say whether it exists`);
}

function refused(status: number, { serverMessage }: Answer, server: Server, target: Target): Finding {
  const text = `refused: ${status} ${serverMessage}`.trim();
  const give = ([next, command]: readonly [string, string?]) => broken(CREDENTIALS, text, next, command);
  if (server.generation === 2 && /inactive/i.test(serverMessage))
    return give([
      'It is known, but switched off. This lists the ids, and this switches one on:',
      'influx auth list; influx auth active --id ID',
    ]);
  return give(status === 401 ? unknownUser(server, target) : forbidden(server, target));
}

function unknownUser({ generation, minor = 0 }: Server, { destination }: Target): readonly [string, string?] {
  const { kind, credentials } = destination;
  // For a bucket, username and password are also sent as a token.
  const isToken = credentials?.kind === 'token' || kind === 'v2';
  if (generation === 1) {
    if (credentials === undefined) return ['It requires a user: set INFLUX_USERNAME and INFLUX_PASSWORD.'];
    if (isToken && minor < 8) {
      return [`InfluxDB 1.${minor} has no tokens: set INFLUX_USERNAME and INFLUX_PASSWORD instead.`];
    }
    if (isToken) return ['Its tokens are of the form user:password. Check INFLUX_TOKEN.'];
    return ['It has no such user with that password. Check INFLUX_USERNAME and INFLUX_PASSWORD.'];
  }
  if (generation === 2) {
    if (credentials === undefined)
      return ['It requires a token: set INFLUX_TOKEN. This lists them:', 'influx auth list'];
    if (!isToken) {
      const next =
        'It requires a user of its 1.x API, or an API token as INFLUX_PASSWORD. This lists the users:';
      return [next, 'influx v1 auth list'];
    }
    if (credentials.kind === 'user')
      return [
        'Users of its 1.x API write to a database, not to a bucket: set INFLUX_DATABASE in place of INFLUX_BUCKET, or INFLUX_TOKEN.',
      ];
    return ['It has no such token, or the token is inactive. Check INFLUX_TOKEN:', 'influx auth list'];
  }
  if (generation === 3) {
    if (credentials === undefined)
      return ['It requires a token: set INFLUX_TOKEN. This creates one:', 'influxdb3 create token --admin'];
    if (!isToken) return ['It requires a token as INFLUX_PASSWORD, with any username, or as INFLUX_TOKEN.'];
    return ['It has no such token, or the token has expired. Check INFLUX_TOKEN:', 'influxdb3 show tokens'];
  }
  return [
    'Check INFLUX_USERNAME and INFLUX_PASSWORD, or INFLUX_TOKEN, and any proxy in front of the server.',
  ];
}

function forbidden({ generation }: Server, target: Target): readonly [string, string?] {
  const { destination } = target;
  const name = nameOf(destination);
  if (generation === 1) {
    return [
      'The user exists, but may not write. An administrator can allow it:',
      influxQl(destination.url, `GRANT WRITE ON ${quoteName(name)} TO "USER"`, true),
    ];
  }
  if (generation === 2) {
    const what = target.destination.credentials?.kind === 'user' ? 'user' : 'token';
    return [
      `The ${what} is valid, but may not write to it. This creates a token that may:`,
      'influx auth create --write-buckets --read-buckets',
    ];
  }
  if (generation === 3)
    return [
      `The token is valid, but may not write to "${name}". Give it that permission, or create another one.`,
    ];
  return ['They are valid, but may not write there.'];
}

async function notFound(
  title: string,
  { serverMessage }: Answer,
  server: Server,
  client: Client,
): Promise<Finding[]> {
  const { target } = client;
  const { destination } = target;
  const name = nameOf(destination);
  const { generation } = server;
  const give = (text: string, next: string, command?: string) => [
    accepted(target, ''), // the permission to write is checked later
    broken(title, text, next, command),
  ];
  if (generation === 1 && /database not found/.test(serverMessage)) {
    const statement = `CREATE DATABASE ${quoteName(name)}`;
    const command = influxQl(destination.url, statement, destination.credentials !== undefined);
    const others = await databases(client);
    const hint = others.length === 0 ? '' : `; existing databases: ${others.join(', ')}`;
    return give(`"${name}" does not exist${hint}`, 'Create it, or correct INFLUX_DATABASE:', command);
  }
  if (generation === 2 && /organization/.test(serverMessage)) {
    return give(serverMessage, 'Check INFLUX_ORG. This lists them:', 'influx org list');
  }
  if (generation === 2 && destination.kind === 'v1') {
    const next = `No bucket is mapped to it. Map one, or set INFLUX_BUCKET, INFLUX_ORG and INFLUX_TOKEN instead:`;
    const command = `influx v1 dbrp create --db ${shellWord(name)} --rp ${shellWord(destination.retentionPolicy ?? 'autogen')} --default --bucket-id BUCKET_ID`;
    return give(`"${name}": ${serverMessage}`, next, command);
  }
  if (generation === 2 && destination.kind === 'v2' && /bucket/.test(serverMessage)) {
    const { org } = destination;
    const command = `influx bucket create --name ${shellWord(name)} --org ${shellWord(org ?? '')} --retention 30d`;
    return give(
      `"${name}" does not exist in the organization "${org}", or the token may not see it`,
      'Create it:',
      command,
    );
  }
  return [
    broken(
      'API',
      `${server.name} answers 404 to ${destination.endpoint}: ${serverMessage}`,
      'Check the path in INFLUX_URL, and whether the server takes this kind of write.',
    ),
  ];
}

/** Up to five databases that the user may see. They make a misspelt name obvious. */
async function databases(client: Client): Promise<string[]> {
  try {
    const rows = await client.query('SHOW DATABASES');
    const names = rows.map(({ name }) => textOf(name)).filter((name) => name !== '_internal');
    return names.slice(0, 5).map((name) => `"${client.clean(name)}"`);
  } catch (error) {
    if (error instanceof QueryError || error instanceof NoAnswer) return [];
    throw error;
  }
}

/** A command that runs a statement as an administrator. curl asks for the password. */
export function influxQl(url: string, statement: string, withUser: boolean): string {
  return `curl ${withUser ? '-u ADMIN ' : ''}-X POST ${shellWord(`${url}/query`)} --data-urlencode ${shellWord(`q=${statement}`)}`;
}
