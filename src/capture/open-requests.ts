import { MAX_OPEN, type OpenEntry, type OpenRequests } from '../record/open-requests.ts';
import { UNMATCHED } from '../record/series.ts';
import { cut } from '../safety/foreign-text.ts';
import { attempt } from '../safety/guard.ts';
import { now, wallNow } from '../safety/time.ts';
import type { OpenRequest } from './node/open-request.ts';
import { pathOf } from './node/path.ts';
import { routeOf } from './routes/route-of.ts';

/** Requests that end within this time are not worth showing while they are open. */
const MIN_AGE_MS = 500;
const MAX_TEXT = 256;

/**
 * The requests that have been open for a while, the oldest first. Nothing is computed per request before that.
 *
 * @param withPath whether a request has its path as long as its route is not known: the option `path`
 */
export function openRequests(open: Iterable<OpenRequest | undefined>, withPath: boolean): OpenRequests {
  const [at, atMs] = [now(), wallNow()];
  const old: OpenRequest[] = [];
  for (const one of open) {
    if (one !== undefined && !one.ignored && at - one.start >= MIN_AGE_MS) old.push(one);
  }
  old.sort((a, b) => a.start - b.start);
  const requests = old.slice(0, MAX_OPEN).map((one) => entryOf(one, atMs - (at - one.start), withPath));
  return { atMs, total: old.length, requests };
}

function entryOf(open: OpenRequest, startMs: number, withPath: boolean): OpenEntry {
  const { method, slot, target, firstByte } = open;
  // The option `route` is not called: it is a function of the user, and expects a request that has ended.
  const route = attempt('the route of an open request', () => routeOf(open, undefined));
  const isKnown = route !== undefined && route !== UNMATCHED;
  const named = {
    ...(isKnown ? { route: cut(route, MAX_TEXT).toWellFormed() } : {}),
    ...(!isKnown && withPath ? { path: cut(pathOf(target), MAX_TEXT).toWellFormed() } : {}),
  };
  return { method, ...named, slot, startMs, answering: !Number.isNaN(firstByte) };
}
