import type { Series } from '../../shared/feed.ts';
import { populationOfTags } from './figures/population.ts';

/** The classes of requests for colours and counts, from their tags. */
export const StatusClass = {
  ok: 0,
  redirect: 1,
  clientError: 2,
  serverError: 3,
  aborted: 4,
  other: 5,
} as const;

/** The colour of streams, after those of the status classes. It depends on the times of a request, not on its tags. */
export const STREAM_CLASS = 6;

export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'aborted', 'other'] as const;

/** Gives texts consecutive ids. */
export class Dictionary {
  readonly names: string[] = [];
  readonly #ids = new Map<string, number>();

  id(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.names.push(name);
      this.#ids.set(name, id);
    }
    return id;
  }
}

/** All tag sets, with typed arrays by the set's id for lookups per request. */
export class TagSets {
  readonly tags: (Readonly<Record<string, string>> | undefined)[] = [];
  /** Changes when a set is added. Tables for an earlier version are stale. */
  version = 0;
  /** {@link StatusClass} */
  statusClass: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  /** 1: status 5xx; 2: aborted or unfinished. */
  flags: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  /** {@link populationOfTags} */
  population: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  /** Into {@link endpoints}, {@link routes}, {@link processes}, {@link groups}. */
  endpoint: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  route: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  process: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  group: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  /** Method, route and, if there is one, service, separated by line feeds: two services may have the same route. */
  readonly endpoints: Dictionary = new Dictionary();
  readonly routes: Dictionary = new Dictionary();
  readonly processes: Dictionary = new Dictionary();
  /** Process and, if it is not the main one, thread: each group has its own slots. */
  readonly groups: Dictionary = new Dictionary();

  add(series: readonly Series[]): void {
    for (const { id, tags: written } of series) {
      // Without a prototype, because a tag may be named `constructor`.
      const tags: Readonly<Record<string, string>> = Object.assign(Object.create(null), written);
      if (id >= this.flags.length) this.#grow(id);
      const { route = '(no route)', method = '', process = tags.hostname ?? '(no process)' } = tags;
      this.tags[id] = tags;
      this.statusClass[id] = statusClassOf(tags);
      this.flags[id] = (/^5\d\d$/.test(tags.status ?? '') ? 1 : 0) | (isAborted(tags) ? 2 : 0);
      this.population[id] = populationOfTags(tags);
      this.endpoint[id] = this.endpoints.id(
        tags.service === undefined ? `${method}\n${route}` : `${method}\n${route}\n${tags.service}`,
      );
      this.route[id] = this.routes.id(route);
      this.process[id] = this.processes.id(process);
      this.group[id] = this.groups.id(groupOf(tags));
    }
    this.version++;
  }

  /** A copy. It stays valid when the ids of removed tag sets are reused. */
  copy(): TagSets {
    const copy = new TagSets();
    copy.add(this.tags.flatMap((tags, id) => (tags === undefined ? [] : [{ id, tags }])));
    return copy;
  }

  #grow(id: number): void {
    const size = 2 ** Math.ceil(Math.log2(id + 1));
    const grown = <T extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(old: T, bigger: T): T => {
      bigger.set(old);
      return bigger;
    };
    this.statusClass = grown(this.statusClass, new Uint8Array(size));
    this.flags = grown(this.flags, new Uint8Array(size));
    this.population = grown(this.population, new Uint8Array(size));
    this.endpoint = grown(this.endpoint, new Uint32Array(size));
    this.route = grown(this.route, new Uint32Array(size));
    this.process = grown(this.process, new Uint32Array(size));
    this.group = grown(this.group, new Uint32Array(size));
  }
}

/** The process and, if it is not the main one, the thread. */
export function groupOf(tags: Readonly<Record<string, string>>): string {
  const { process = tags.hostname ?? '(no process)', thread = '0' } = tags;
  return thread === '0' ? process : `${process} thread ${thread}`;
}

function isAborted({ outcome }: Readonly<Record<string, string>>): boolean {
  return outcome === 'aborted' || outcome === 'unfinished';
}

function statusClassOf(tags: Readonly<Record<string, string>>): number {
  if (isAborted(tags)) return StatusClass.aborted;
  switch (tags.status?.[0]) {
    case '2':
      return StatusClass.ok;
    case '3':
      return StatusClass.redirect;
    case '4':
      return StatusClass.clientError;
    case '5':
      return StatusClass.serverError;
    default:
      return StatusClass.other;
  }
}
