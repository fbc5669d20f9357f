import type { Destination } from '../../options/options.ts';
import { isLoopback } from '../connect/loopback.ts';

/** The warning for credentials that are sent unencrypted; undefined if they are safe. */
export function cleartextWarning({ url, authorization, label }: Destination): string | undefined {
  if (authorization === undefined) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || protocol === 'unix:' || isLoopback(hostname)) return undefined;
  return `the credentials for ${label} are sent unencrypted: use https, or a network that nobody else is on`;
}
