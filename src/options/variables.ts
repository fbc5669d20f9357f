import { nearest } from './nearest.ts';
import { settings } from './settings.ts';
import { showText } from './show.ts';

/** The environment variables that are read. */
export const VARIABLES: readonly string[] = Object.values(settings).flatMap(({ env }) => env);

const PREFIX = 'RAW_REQUESTS';

/**
 * Variables that Kubernetes and Docker set in every container to describe a service, which may be called `raw-requests`
 * or `influxdb`. They are not settings.
 */
const SERVICE_LINK =
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** Reports unknown variables with this library's prefix. They cannot belong to another program. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const names = notRead(env).filter((name) => name.startsWith(PREFIX));
  return names.map((name) => {
    return `Unknown environment variable ${showText(name)}: did you mean ${nearest(name, VARIABLES)}?`;
  });
}

/** Variables that are not read and do not have this library's prefix. Most of them belong to other programs. */
export function unreadVariables(env: NodeJS.ProcessEnv): string[] {
  return notRead(env).filter((name) => {
    // On Windows, the names of variables are not case-sensitive.
    const upper = name.toUpperCase();
    return !name.startsWith(PREFIX) && !(VARIABLES.includes(upper) && env[upper] === env[name]);
  });
}

function notRead(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter(
    (name) => env[name] && !VARIABLES.includes(name) && !SERVICE_LINK.test(name),
  );
}
