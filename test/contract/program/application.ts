import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2Server } from 'node:http2';
import { Readable } from 'node:stream';
import type { Options, RawRequests } from '../../../src/index.ts';

/**
 * What every framework serves, each kind below a mount of its own, as `/tenants/:tenant/<kind>/:item`, with the means
 * of the framework. `raw` is for what only Node's own objects can do: the framework hands them out and is out of it.
 */
export type Kind = 'items' | 'throws' | 'empty' | 'unchanged' | 'stream' | 'echo' | 'slow' | 'raw';

export const MOUNT = '/tenants/:tenant';

/** What `items` answers with, and `slow` when it is too late. */
export const TEXT = 'an item of the tenant';

/** What `throws` throws; the framework's error handling makes it a 500. */
export const failure = (): Error => new Error('as the contract wants it');

/** What `stream` answers with, of a length that nobody knows before. */
export const stream = (): Readable => Readable.from(['first, ', 'second and last'], { objectMode: false });

/** What `echo` answers with: how long the body was. */
export const measure = (text: string): string => `${Buffer.byteLength(text)} bytes`;

export async function textOf(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text;
}

/** What `slow` does: tells the client that its request is here, and waits until that has left. */
export function left(req: IncomingMessage, res: ServerResponse): Promise<void> {
  arrived(req);
  return new Promise((resolve) => res.on('close', resolve));
}

/** Tells the test that a request has reached its handler. */
export function arrived(req: IncomingMessage): void {
  process.send?.({ arrived: pathOf(req) });
}

/** Routers take the mount off `url`, and keep the whole in `originalUrl`. */
export function pathOf(req: IncomingMessage & { originalUrl?: string }): string {
  return req.originalUrl ?? req.url ?? '';
}

/** An answer as it would be on the wire. */
export function answerText(status: number, headers: Iterable<[string, unknown]>, body: string): string {
  const lines = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`;
}

/** An application that listens on a loopback port. */
export interface Served {
  readonly server: Server | Http2Server;
  readonly recorder?: Pick<RawRequests, 'stats'> | undefined;
  /** Makes a request without a connection, where the framework has that, and returns all of the answer. */
  inject?(path: string): Promise<string>;
}

/** Starts the application; recorded by the framework's own adapter when there are options for it. */
export type Serve = (options: Options | undefined) => Promise<Served>;

export interface Framework {
  /** Of the package as the tests know it. */
  readonly name: string;
  readonly kind: 'plain Node' | 'framework' | 'older version';
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** A route in the framework's own syntax. @default as Express has it */
  readonly syntax?: (route: string) => string;
  /** Scenarios that it can not have, by name, and why. */
  readonly without?: Readonly<Record<string, string>>;
  /** Why it does not run here at all. */
  readonly unavailable?: string | false;
  /** Whether requests that are injected have Node's objects, for the adapter to see. */
  readonly injects?: boolean;
  readonly serve: Serve;
}
