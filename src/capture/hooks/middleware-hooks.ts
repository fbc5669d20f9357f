import { type HookName, type HookOptions, Hooks } from './hooks.ts';
import type { Hooked } from './messages.ts';

/** The members of a request that decide which hooks apply to it. */
interface Request extends Pick<Hooked, 'response'> {
  readonly method: string;
  readonly target: string;
  readonly headers: Hooked['req']['headers'];
  readonly handled: boolean;
  hooks: Hooks | undefined;
  ignored: boolean;
}

/** The hooks of each middleware that uses a recorder. Options that a middleware does not set are those of the recorder. */
export class MiddlewareHooks {
  readonly #options: HookOptions;
  readonly #failed: (hook: HookName, thrown: unknown) => void;
  /** Of requests that pass no middleware: those of the recorder's options. */
  readonly default: Hooks;
  /** Of requests that cannot pass a middleware: those of the first middleware. */
  #first: Hooks;

  constructor(options: HookOptions, failed: (hook: HookName, thrown: unknown) => void) {
    this.#options = options;
    this.#failed = failed;
    this.default = this.#hooksOf({});
    this.#first = this.default;
  }

  add(given: Partial<HookOptions>): Hooks {
    const hooks = this.#hooksOf(given);
    if (this.#first === this.default) this.#first = hooks;
    return hooks;
  }

  /**
   * Call it when a request has ended. The hooks of the first middleware apply to a request that the application was not
   * given as request and response: an upgrade, an HTTP/2 stream, or a request that Node answered by itself.
   */
  assign(open: Request): void {
    if (this.#first === this.default || open.hooks !== undefined) return;
    if (open.handled && open.response !== undefined) return;
    const { method, target: url, headers } = open;
    open.hooks = this.#first;
    open.ignored ||= !open.hooks.wants({ method, url, headers });
  }

  #hooksOf(given: Partial<HookOptions>): Hooks {
    return new Hooks({ ...this.#options, ...given }, this.#options.tags, this.#failed);
  }
}
