import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHead, ResolvedOptions } from '../../options/options.ts';
import type { TagSet } from '../../record/series.ts';
import { disarmed } from '../../safety/promise.ts';
import { ignores } from './ignore.ts';
import { RequestTags } from './request-tags.ts';

/** The options that are functions of the user's, asked about each request. */
export type HookName = 'ignore' | 'route' | 'requestTags';

type HookOptions = Pick<ResolvedOptions, HookName | 'tags'>;

/**
 * Asks the functions of the user's. What they throw, and answers that are none, such as a promise, cost nothing but a
 * word about it: the request is recorded without them. They are not waited for.
 */
export class Hooks {
  readonly #ignores: ((req: RequestHead) => unknown) | undefined;
  readonly #route: ((req: IncomingMessage) => unknown) | undefined;
  readonly #requestTags: ((req: IncomingMessage, res: ServerResponse) => unknown) | undefined;
  readonly #tags: RequestTags;
  readonly #failed: (hook: HookName, thrown: unknown) => void;

  constructor(options: HookOptions, failed: (hook: HookName, thrown: unknown) => void) {
    this.#ignores = ignores(options.ignore);
    this.#route = options.route;
    this.#requestTags = options.requestTags;
    this.#tags = new RequestTags(options.tags);
    this.#failed = failed;
  }

  /** Whether a request is to be recorded. */
  wants(req: RequestHead): boolean {
    if (this.#ignores === undefined) return true;
    try {
      return !answer(this.#ignores(req));
    } catch (error) {
      this.#failed('ignore', error);
      return true;
    }
  }

  /** What the user calls the route of a request: undefined if nothing. */
  route(req: IncomingMessage): string | undefined {
    if (this.#route === undefined) return undefined;
    try {
      const route = answer(this.#route(req)) ?? undefined;
      if (route === undefined || typeof route === 'string') return route;
      throw new TypeError(`it returned ${typeof route}, where a string is expected`);
    } catch (error) {
      this.#failed('route', error);
      return undefined;
    }
  }

  tags(req: IncomingMessage, res: ServerResponse): TagSet | undefined {
    if (this.#requestTags === undefined) return undefined;
    try {
      return this.#tags.intern(answer(this.#requestTags(req, res)));
    } catch (error) {
      this.#failed('requestTags', error);
      return undefined;
    }
  }
}

/** @throws when it is none: what cannot be looked at, or a promise of one */
function answer(returned: unknown): unknown {
  if (disarmed(returned)) throw new TypeError('it returned a promise, which is not waited for');
  return returned;
}
