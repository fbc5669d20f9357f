import type { IncomingMessage, ServerResponse } from 'node:http';

interface BunRuntime {
  inspect(value: unknown, options: { readonly depth: number }): string;
}

const { Bun } = globalThis as { readonly Bun?: BunRuntime };

export const isBun: boolean = Bun !== undefined;

export const isDeno: boolean = 'Deno' in globalThis;

/** Whether requests can come from servers that `register` does not observe: `Bun.serve` and `Deno.serve`. */
export const hasOwnServer: boolean = isBun || isDeno;

/**
 * Whether the body of a response is a stream. Bun sends other bodies with their length, and reading `response.body` would
 * already change their headers. Only its inspector tells the difference without a side effect.
 */
export function isStreamOnBun(response: Response): boolean {
  return /\n\s+ReadableStream \{[^\n]*\n/.test(Bun?.inspect(response, { depth: 0 }) ?? '');
}

interface Given {
  readonly req?: unknown;
  readonly res?: unknown;
  readonly incoming?: unknown;
  readonly outgoing?: unknown;
  readonly completed?: unknown;
}

interface Runtime {
  readonly node?: Given | undefined;
  readonly deno?: { readonly info?: Given } | undefined;
}

/**
 * Node's messages of a request, if its adapter passes them on: `@hono/node-server` as `env`, `@whatwg-node/server` as its
 * context, srvx with the request.
 */
export function nodeMessagesOf(
  request: Request,
  args: readonly unknown[],
): [IncomingMessage, ServerResponse] | undefined {
  for (const given of [runtimeOf(request)?.node, ...args.slice(1)] as (Given | null | undefined)[]) {
    const req = given?.incoming ?? given?.req;
    const res = given?.outgoing ?? given?.res;
    if (isMessage(req) && isMessage(res)) return [req as IncomingMessage, res as ServerResponse];
  }
  return undefined;
}

/** Deno tells when a response was sent, or could not be. */
export function completionOf(request: Request, args: readonly unknown[]): Promise<unknown> | undefined {
  return completedOf(args[1]) ?? completedOf(runtimeOf(request)?.deno?.info);
}

function completedOf(info: unknown): Promise<unknown> | undefined {
  const completed = (info as Given | null | undefined)?.completed;
  return completed instanceof Promise ? completed : undefined;
}

/** The number of parameters of a wrapped handler. Deno gives a handler no more than it takes. */
export function lengthOf(handler: { readonly length: number }): number {
  return isDeno ? Math.max(2, handler.length) : handler.length;
}

/** What Deno gives a handler with fewer parameters than its wrapper. */
export function argsFor(handler: { readonly length: number }, args: readonly unknown[]): readonly unknown[] {
  return isDeno && handler.length < 2 && completedOf(args[1]) ? args.slice(0, handler.length) : args;
}

function runtimeOf(request: Request): Runtime | undefined {
  return (request as { readonly runtime?: Runtime }).runtime;
}

/** A message of Node, not a `Request` or `Response`. */
function isMessage(value: unknown): boolean {
  return typeof (value as Partial<IncomingMessage> | null | undefined)?.on === 'function';
}
