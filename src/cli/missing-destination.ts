import { adviceOnUnread } from '../options/options.ts';
import { CliError } from './cli-error.ts';

/** A command needs a database and has none: with the variables that were perhaps meant to name one. */
export function missingDestination(message: string, env: NodeJS.ProcessEnv, exitCode = 1): CliError {
  return new CliError([message, ...adviceOnUnread(env)].join('\n'), exitCode);
}
