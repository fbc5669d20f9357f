import { nearest } from './nearest.ts';
import { settings } from './settings.ts';
import { showText } from './show.ts';

/** The environment variables that are read. */
export const VARIABLES: readonly string[] = Object.values(settings).flatMap(({ env }) => env);

const PREFIX = 'RAW_REQUESTS';

/**
 * Kubernetes, and Docker before it, describe a service called `raw-requests` or `influxdb` to every container beside it
 * through variables of these forms. They are not meant for us.
 */
const SERVICE_LINK =
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** Reports variables with our prefix that do not exist: they are certainly meant for us. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const names = notRead(env).filter((name) => name.startsWith(PREFIX));
  return names.map((name) => {
    return `Unknown environment variable ${showText(name)}: did you mean ${nearest(name, VARIABLES)}?`;
  });
}

/** Those without our prefix: nearly all of them belong to others. */
export function unreadVariables(env: NodeJS.ProcessEnv): string[] {
  return notRead(env).filter((name) => {
    // Windows gives a variable by a name in any case.
    const upper = name.toUpperCase();
    return !name.startsWith(PREFIX) && !(VARIABLES.includes(upper) && env[upper] === env[name]);
  });
}

function notRead(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter(
    (name) => env[name] && !VARIABLES.includes(name) && !SERVICE_LINK.test(name),
  );
}
