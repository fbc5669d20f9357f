import { CliError } from '../../cli-error.ts';
import type { Answer, Client } from './client.ts';

/** What somebody needs who wants to do a thing in Grafana. */
export interface Right {
  /** The basic role that has it. */
  role: 'Admin' | 'Editor';
  /** The permissions, where roles are put together by hand. */
  permissions: string;
}

/** Why Grafana did not do what was asked for. `doing` completes «Grafana does not let … ». */
export function refused(
  client: Client,
  { status, said, location }: Answer,
  doing: string,
  right: Right,
): CliError {
  const { who, authorization } = client.login;
  if (status === 401) return unknownUser(client, said);
  if (status === 403) {
    return new CliError(
      `Grafana does not let ${who} ${doing}: 403 ${said}\n` +
        `It needs the role ${right.role} in this organization, or the permissions ${right.permissions}.` +
        (authorization?.startsWith('Bearer')
          ? ' Give it to the service account, or make a token that has it.'
          : ''),
    );
  }
  if (location !== null)
    return new CliError(`Grafana did not ${doing}: it redirects to ${location} (${status})`);
  return new CliError(`Grafana did not ${doing}: ${status} ${said}`.trim());
}

export function unknownUser({ login }: Client, said: string): CliError {
  if (login.authorization === undefined) {
    return new CliError(
      `Grafana at ${login.url} wants to know who asks (401).\n` +
        'Give the token of a service account (Administration > Service accounts, role Admin) as --token or GRAFANA_TOKEN, or --user name:password.',
    );
  }
  const check = login.authorization.startsWith('Bearer')
    ? 'Check --token or GRAFANA_TOKEN: it may have expired, or belong to another Grafana.'
    : 'Check --user or GRAFANA_USER.';
  return new CliError(`Grafana at ${login.url} does not know ${login.who}: 401 ${said}\n${check}`);
}

/** The endpoint is not there: this Grafana is too old for it, or has it no more. */
export function isGone({ status }: Answer): boolean {
  return status === 404 || status === 410;
}
