import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SidePlan } from '../plan/plan.ts';

/** Settings of the caller that would send the requests somewhere else, or keep them. */
const NOT_INHERITED =
  /^(?:INFLUX_|RAW_REQUESTS$|RAW_REQUESTS_(?:SPOOL_DIR|MAX_SPOOL_BYTES|VIEW_|HANDLE_SIGNALS|TAGS)|PORT$)/;

/**
 * The environment of a side: that of the caller, its own, and what makes it write its requests to `sink`.
 *
 * @param tags further tags of its points
 */
export function environmentOf(
  { env, record }: SidePlan,
  port: string,
  sink: string,
  tags: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  const all: NodeJS.ProcessEnv = { ...Object.fromEntries(inherited), ...env };
  const pairs = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
  if (env.RAW_REQUESTS_TAGS) pairs.unshift(env.RAW_REQUESTS_TAGS);
  return {
    ...all,
    PORT: port,
    INFLUX_URL: sink,
    INFLUX_DATABASE: 'compare',
    ...(pairs.length > 0 && { RAW_REQUESTS_TAGS: pairs.join(',') }),
    ...(record && { NODE_OPTIONS: `${all.NODE_OPTIONS ?? ''} --import ${register()}`.trim() }),
  };
}

/** Percent-encoded, as Node splits NODE_OPTIONS at spaces. */
function register(): string {
  return pathToFileURL(fileURLToPath(new URL('../../register.js', import.meta.url))).href;
}
