import { CliError } from '../../cli-error.ts';
import type { Answer, Client } from './client.ts';

/** The role and permissions that an operation in Grafana requires. */
export interface Right {
  /** The basic role that has the permissions. */
  role: 'Admin' | 'Editor';
  /** The permissions, for custom roles. */
  permissions: string;
}

/** The error for a request that Grafana refused. `doing` is the operation: `create the folder`. */
export function refused(
  client: Client,
  { status, serverMessage, location }: Answer,
  doing: string,
  right: Right,
): CliError {
  const { who, authorization } = client.login;
  if (status === 401) return unknownUser(client, serverMessage);
  if (status === 403) {
    return new CliError(
      `Grafana does not allow ${who} to ${doing}: 403 ${serverMessage}\n` +
        `It needs the role ${right.role} in this organization, or the permissions ${right.permissions}.` +
        (authorization?.startsWith('Bearer')
          ? ' Give it to the service account, or make a token that has it.'
          : ''),
    );
  }
  if (location !== null)
    return new CliError(`Grafana did not ${doing}: it redirects to ${location} (${status})`);
  return new CliError(`Grafana did not ${doing}: ${status} ${serverMessage}`.trim());
}

export function unknownUser({ login }: Client, serverMessage: string): CliError {
  if (login.authorization === undefined) {
    return new CliError(
      `Grafana at ${login.url} requires a login (401).\n` +
        'Give the token of a service account (Administration > Service accounts, role Admin) as --token or GRAFANA_TOKEN, or --user name:password.',
    );
  }
  const check = login.authorization.startsWith('Bearer')
    ? 'Check --token or GRAFANA_TOKEN: it may have expired, or belong to another Grafana.'
    : 'Check --user or GRAFANA_USER.';
  return new CliError(`Grafana at ${login.url} does not know ${login.who}: 401 ${serverMessage}\n${check}`);
}

/** Whether the endpoint does not exist in this version of Grafana. */
export function isGone({ status }: Answer): boolean {
  return status === 404 || status === 410;
}
