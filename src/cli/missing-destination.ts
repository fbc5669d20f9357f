import { adviceOnUnread } from '../options/options.ts';
import { CliError } from './cli-error.ts';

/** The error of a command that needs a database and has none. Lists variables that may be misspelt. */
export function missingDestination(message: string, env: NodeJS.ProcessEnv, exitCode = 1): CliError {
  return new CliError([message, ...adviceOnUnread(env)].join('\n'), exitCode);
}
