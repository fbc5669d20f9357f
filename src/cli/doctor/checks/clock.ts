import { type Finding, fine, skipped, warning } from '../finding.ts';
import type { Answer } from './client.ts';

const NAME = 'Clock';
const MAX_SKEW_MS = 2000;

/** Compares the clock of this host with the server's. */
export function checkClock({ headers, ms, at }: Answer): Finding {
  const date = Date.parse(headers.date ?? '');
  if (Number.isNaN(date)) return skipped(NAME, 'the server sends no time');
  // The header has whole seconds, rounded down, so half a second is added on average.
  const skewMs = at - ms / 2 - (date + 500);
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return fine(NAME, 'agrees with that of the server');
  const [how, effect] =
    skewMs > 0
      ? ['ahead of', "points lie in the future, where Grafana's windows up to `now` do not show them"]
      : ['behind', "points lie in the past, where Grafana's short windows up to `now` do not show them"];
  return warning(
    NAME,
    `this host is ${seconds} s ${how} the server: ${effect}`,
    'Synchronize both (chrony, systemd-timesyncd):',
    'timedatectl status',
  );
}
