import { MAX_OPEN, type OpenEntry, type OpenRequests } from '../../../record/open-requests.ts';
import { copyOf } from '../../../safety/foreign-text.ts';
import type { Running } from '../../shared/feed.ts';
import { BoundedMap } from './bounded-map.ts';
import { MAX_NAME_LENGTH, MAX_TAGS } from './source.ts';

/** The most processes and threads whose open requests are stored. */
const MAX_SOURCES = 256;
/** A process that has sent no list for so long has ended without a word, ms. */
const FORGET_MS = 60_000;

/** The open requests of each process, by its newest list. */
export class RunningRequests {
  readonly #bySource: BoundedMap<{ newest: Running | undefined; receivedAt: number }>;
  readonly #clock: () => number;
  #version = 0;

  /** @param clock a monotonic clock, ms */
  constructor(clock: () => number) {
    this.#bySource = new BoundedMap(MAX_SOURCES, clock);
    this.#clock = clock;
  }

  /** Changes with each list. */
  get version(): number {
    return this.#version;
  }

  /** Stores the list of a process. Returns whether it is one. @param body JSON, as the recorder sends it */
  add(body: string, receivedMs: number): boolean {
    const parsed = parse(body);
    if (parsed === undefined) return false;
    const { tags, ...open } = parsed;
    const kept = this.#bySource.get(JSON.stringify(Object.entries(tags).sort()), () => ({
      newest: undefined,
      receivedAt: 0,
    }));
    if (kept === undefined) return true;
    kept.newest = open.total === 0 ? undefined : { tags, receivedMs, ...open };
    kept.receivedAt = this.#clock();
    this.#version++;
    return true;
  }

  list(): Running[] {
    const since = this.#clock() - FORGET_MS;
    return this.#bySource
      .values()
      .flatMap(({ newest, receivedAt }) => (newest === undefined || receivedAt < since ? [] : [newest]));
  }
}

function parse(body: string): (OpenRequests & { tags: Record<string, string> }) | undefined {
  let json: Partial<Record<keyof OpenRequests | 'tags', unknown>> | null;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { atMs, total, requests, tags } = json;
  if (!isNumber(atMs) || !isNumber(total) || !Array.isArray(requests)) return undefined;
  if (typeof tags !== 'object' || tags === null) return undefined;
  const ownTags = Object.entries(tags)
    .filter((tag): tag is [string, string] => typeof tag[1] === 'string')
    .slice(0, MAX_TAGS)
    .map(([name, value]) => [copyOf(name, MAX_NAME_LENGTH), copyOf(value, MAX_NAME_LENGTH)]);
  return {
    atMs,
    total,
    tags: Object.fromEntries(ownTags),
    requests: requests.slice(0, MAX_OPEN).flatMap(entryOf),
  };
}

function entryOf(json: Partial<Record<keyof OpenEntry, unknown>> | null): OpenEntry[] {
  const { method, route, path, slot, startMs, answering } = json ?? {};
  if (!isNumber(startMs) || !isNumber(slot)) return [];
  return [
    {
      method: copyOf(typeof method === 'string' ? method : '', MAX_NAME_LENGTH),
      ...(typeof route === 'string' ? { route: copyOf(route, MAX_NAME_LENGTH) } : {}),
      ...(typeof path === 'string' ? { path: copyOf(path, MAX_NAME_LENGTH) } : {}),
      slot,
      startMs,
      answering: answering === true,
    },
  ];
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
