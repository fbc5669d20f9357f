import * as v from 'valibot';
import { type Address, address, show } from '../../../options/options.ts';
import { registerAuthorization } from '../../../safety/redact.ts';
import { CliError } from '../../cli-error.ts';

/** The address of Grafana, and the credentials. */
export interface Login {
  /** Address without credentials, and without a slash at the end. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** The name of the user or token, for messages. */
  readonly who: string;
}

/** Options for address and credentials. Missing ones are read from the environment. */
export interface LoginOptions {
  grafana?: string;
  token?: string;
  user?: string;
}

const DEFAULT_URL = 'http://localhost:3000';

export function readLogin(options: LoginOptions, env: NodeJS.ProcessEnv): Login {
  const login = findLogin(options, env);
  registerAuthorization(login.authorization);
  return login;
}

/** The command line takes precedence over the environment, and that over credentials in the address. */
function findLogin(options: LoginOptions, env: NodeJS.ProcessEnv): Login {
  const { base, username, password } = readAddress(
    options.grafana || env.GRAFANA_URL || DEFAULT_URL,
    '--grafana',
  );
  const token = options.token || (options.user ? '' : env.GRAFANA_TOKEN);
  if (token) {
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new CliError('Expected --token to be a token, without blanks', 2);
    return { url: base, authorization: `Bearer ${token}`, who: 'this token' };
  }
  const user = options.user || env.GRAFANA_USER || (username && `${username}:${password ?? ''}`);
  if (!user) return { url: base, authorization: undefined, who: 'an anonymous user' };
  const end = user.indexOf(':');
  if (end < 1) throw new CliError('Expected --user to be name:password', 2);
  const encoded = Buffer.from(user).toString('base64');
  return {
    url: base,
    authorization: `Basic ${encoded}`,
    who: `the user ${user.slice(0, end)}`,
  };
}

export function readAddress(text: string, label: string): Address {
  const result = v.safeParse(address.fromText, text);
  if (result.success && !result.output.base.startsWith('unix:')) return result.output;
  if (result.success) throw new CliError(`Expected ${label} to be an http or https address, got ${text}`, 2);
  const [{ message }] = result.issues;
  throw new CliError(`Expected ${label} ${message}, got ${(address.show ?? show)(text, 'environment')}`, 2);
}
