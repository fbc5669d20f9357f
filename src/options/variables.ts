import { nearest } from './nearest.ts';
import { settings } from './settings.ts';
import { showText } from './show.ts';

/** The environment variables that are read. */
export const VARIABLES: readonly string[] = Object.values(settings).flatMap(({ env }) => env);

/**
 * Kubernetes, and Docker before it, describe a service called `raw-requests` or `influxdb` to every container beside it
 * through variables of these forms. They are not meant for us.
 */
export const SERVICE_LINK: RegExp =
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** Reports variables with our prefix that do not exist: they are certainly meant for us. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(env).filter(
    (name) =>
      name.startsWith('RAW_REQUESTS') && env[name] && !VARIABLES.includes(name) && !SERVICE_LINK.test(name),
  );
  return names.map((name) => {
    return `Unknown environment variable ${showText(name)}: did you mean ${nearest(name, VARIABLES)}?`;
  });
}
