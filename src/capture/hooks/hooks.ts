import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHead, ResolvedOptions } from '../../options/options.ts';
import type { TagSet } from '../../record/series.ts';
import { OWN_TRACE_ID, TRACE_MARKS } from '../../record/trace.ts';
import { handleRejection } from '../../safety/promise.ts';
import { ignores } from './ignore.ts';
import { callWith, type Hooked } from './messages.ts';
import { RequestTags } from './request-tags.ts';

/** The options that are functions and are called for each request. */
export type HookName = 'ignore' | 'route' | 'requestTags' | 'traceId';

export type HookOptions = Pick<ResolvedOptions, HookName | 'tags' | 'path' | 'queueTime'>;

/**
 * Calls the function options. If one throws or returns an invalid value, such as a promise, that is reported and the
 * request is recorded without its result. Promises are not awaited.
 */
export class Hooks {
  /** Whether these fields are recorded. */
  readonly path: boolean;
  readonly queueTime: boolean;
  readonly #ignores: ((req: RequestHead) => unknown) | undefined;
  readonly #route: ((req: IncomingMessage) => unknown) | undefined;
  readonly #requestTags: ((req: IncomingMessage, res: ServerResponse) => unknown) | undefined;
  readonly #traceId: ((req: IncomingMessage) => unknown) | undefined;
  readonly #tags: RequestTags;
  /** Tags of requests that have none of their own. */
  readonly #none: TagSet | undefined;
  readonly #failed: (hook: HookName, thrown: unknown) => void;

  /** @param tags of every point that the recorder writes: those of `options` that differ are given to single requests */
  constructor(
    options: HookOptions,
    tags: Readonly<Record<string, string>>,
    failed: (hook: HookName, thrown: unknown) => void,
  ) {
    this.path = options.path;
    this.queueTime = options.queueTime;
    this.#ignores = ignores(options.ignore);
    this.#route = options.route;
    this.#requestTags = options.requestTags;
    this.#traceId = options.traceId;
    const own = Object.entries(options.tags).filter(([name, value]) => tags[name] !== value);
    this.#tags = new RequestTags(options.tags, Object.fromEntries(own));
    this.#none = own.length === 0 ? undefined : this.#tags.none;
    this.#failed = failed;
  }

  /** Whether there are functions that are called when a request has ended. They want its context. */
  get wantContext(): boolean {
    return (this.#route ?? this.#requestTags ?? this.#traceId) !== undefined;
  }

  /** Whether a request should be recorded. */
  wants(req: RequestHead): boolean {
    if (this.#ignores === undefined) return true;
    try {
      return !checked(this.#ignores(req));
    } catch (error) {
      this.#failed('ignore', error);
      return true;
    }
  }

  /** The result of the option `route`; undefined if there is none. */
  route(open: Hooked): string | undefined {
    if (this.#route === undefined) return undefined;
    try {
      return textOf(callWith(open, this.#route));
    } catch (error) {
      this.#failed('route', error);
      return undefined;
    }
  }

  /** The result of the option `traceId`, with its mark; undefined if there is none. */
  traceId(open: Hooked): string | undefined {
    if (this.#traceId === undefined) return undefined;
    try {
      const id = textOf(callWith(open, this.#traceId));
      if (id === undefined) return undefined;
      if (OWN_TRACE_ID.test(id)) return TRACE_MARKS.own + id;
      throw new RangeError('it returned a text that is not 1 to 128 visible ASCII characters');
    } catch (error) {
      this.#failed('traceId', error);
      return undefined;
    }
  }

  tags(open: Hooked): TagSet | undefined {
    if (this.#requestTags === undefined) return this.#none;
    try {
      return this.#tags.intern(checked(callWith(open, this.#requestTags)));
    } catch (error) {
      this.#failed('requestTags', error);
      return this.#none;
    }
  }
}

/** @throws if the returned value is not text */
function textOf(returned: unknown): string | undefined {
  const text = checked(returned) ?? undefined;
  if (text === undefined || typeof text === 'string') return text;
  throw new TypeError(`it returned ${typeof text}, where a string is expected`);
}

/** @throws if the returned value is a promise, or throws when it is read */
function checked(returned: unknown): unknown {
  if (handleRejection(returned)) throw new TypeError('it returned a promise, which is not waited for');
  return returned;
}
