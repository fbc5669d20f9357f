import * as v from 'valibot';
import { type Address, address, show } from '../../../options/options.ts';
import { keepAuthorization } from '../../../safety/redact.ts';
import { CliError } from '../../cli-error.ts';

/** Which Grafana to ask, and as whom. */
export interface Login {
  /** Without credentials, and without a slash at the end. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** For sentences. */
  readonly who: string;
}

/** Options that say which Grafana, and as whom; what is missing comes from the environment. */
export interface LoginOptions {
  grafana?: string;
  token?: string;
  user?: string;
}

const DEFAULT_URL = 'http://localhost:3000';

export function readLogin(options: LoginOptions, env: NodeJS.ProcessEnv): Login {
  const login = findLogin(options, env);
  keepAuthorization(login.authorization);
  return login;
}

/** What is given on the command line goes before the environment, and that before credentials in the address. */
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
  if (!user) return { url: base, authorization: undefined, who: 'nobody in particular' };
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
  if (result.success) return result.output;
  const [{ message }] = result.issues;
  throw new CliError(`Expected ${label} ${message}, got ${(address.show ?? show)(text, 'environment')}`, 2);
}
