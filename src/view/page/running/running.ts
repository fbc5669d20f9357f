import type { Running } from '../../shared/feed.ts';
import type { Facet, Filter } from '../data/filter.ts';
import { groupOf } from '../data/tags.ts';

const NO_ROUTE_YET = '(no route yet)';

/** A process sends its list every second. After this long without one, it is said. */
const SILENT_MS = 3500;

/** A request that is still open. */
export interface OpenNow {
  readonly method: string;
  /** Route, or path if the route is not known yet and paths are recorded. */
  readonly name: string;
  readonly process: string;
  /** Process, and thread if it is not the main one: see {@link groupOf}. */
  readonly group: string;
  readonly slot: number;
  /** ms since 1970, by the clock of the process. */
  readonly start: number;
  readonly ageMs: number;
  readonly answering: boolean;
  /** For how long its process has sent nothing, if that is unusually long: it is blocked, or has ended. */
  readonly silentMs: number;
}

/** The open requests at a time of the server, those without a response head first, and the oldest of them first. */
export function openNow(running: readonly Running[], wallNow: number, filter: Filter): OpenNow[] {
  const { route, method, process, service } = filter.values;
  const wrong = (wanted: string | undefined, value: string | undefined) =>
    wanted !== undefined && wanted !== value;
  const isExcluded = (facet: Facet, value: string | undefined) =>
    value !== undefined && (filter.not?.[facet]?.includes(value) ?? false);
  return running
    .filter(({ tags }) => !wrong(process, tags.process) && !wrong(service, tags.service))
    .filter(({ tags }) => !isExcluded('process', tags.process) && !isExcluded('service', tags.service))
    .flatMap(({ tags, atMs, receivedMs, requests }) => {
      const sinceMs = Math.max(0, wallNow - receivedMs);
      return requests
        .filter((one) => !wrong(method, one.method) && !wrong(route, one.route))
        .filter((one) => !isExcluded('method', one.method) && !isExcluded('route', one.route))
        .map((one) => ({
          method: one.method,
          name: one.route ?? one.path ?? NO_ROUTE_YET,
          process: tags.process ?? tags.hostname ?? '(no process)',
          group: groupOf(tags),
          slot: one.slot,
          start: one.startMs,
          ageMs: atMs - one.startMs + sinceMs,
          answering: one.answering,
          silentMs: sinceMs > SILENT_MS ? sinceMs : 0,
        }));
    })
    .sort((a, b) => Number(a.answering) - Number(b.answering) || b.ageMs - a.ageMs);
}

/** The greatest slot of the open requests, by the name of their group. */
export function openSlots(open: readonly OpenNow[]): Map<string, number> {
  const slots = new Map<string, number>();
  for (const { group, slot } of open) slots.set(group, Math.max(slot, slots.get(group) ?? 0));
  return slots;
}
