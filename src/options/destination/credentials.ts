import { registerSecret } from '../../safety/redact.ts';
import type { Readings } from '../read.ts';
import type { Settings } from '../settings.ts';
import type { Credentials, Destination } from './destination.ts';

/** The credentials that the settings give. Adds a problem if a username or a password is missing. */
export function resolveCredentials(
  settings: Readings<Settings>,
  kind: Destination['kind'] | undefined,
  problems: string[],
): Credentials | undefined {
  const { url, token } = settings;
  const username = settings.username.value ?? url.value?.username;
  const password = settings.password.value ?? url.value?.password;
  registerSecret(token.value);
  registerSecret(password, username);
  const hasBoth = username !== undefined && password !== undefined;

  if (token.value !== undefined && (kind === 'v2' || !hasBoth)) return { kind: 'token', token: token.value };
  if (hasBoth) return { kind: 'user', username, password };

  const areRight = [url, token, settings.username, settings.password].every(
    (reading) => reading.problems.length === 0,
  );
  if (areRight && username !== undefined) {
    problems.push('Expected INFLUX_PASSWORD or `password` to be set, because a username is');
  }
  if (areRight && password !== undefined) {
    problems.push('Expected INFLUX_USERNAME or `username` to be set, because a password is');
  }
  return undefined;
}

/** Value of the `Authorization` header. */
export function authorizationOf(
  credentials: Credentials | undefined,
  kind: Destination['kind'],
): string | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'token') return `Token ${credentials.token}`;
  const text = `${credentials.username}:${credentials.password}`;
  const user = Buffer.from(text);
  // InfluxDB 1.8 splits the header at spaces. It reads both forms, for buckets as well.
  if (kind === 'v1' || text.includes(' ')) return `Basic ${user.toString('base64')}`;
  // A header holds bytes, so the UTF-8 bytes are written as one character each. InfluxDB 1.8 reads this form.
  return `Token ${user.toString('latin1')}`;
}
