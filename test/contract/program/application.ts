import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2Server } from 'node:http2';
import { Readable } from 'node:stream';
import type { Options, RawRequests } from '../../../src/index.ts';

/**
 * The routes that every framework serves with its own API, each below its own mount: `/tenants/:tenant/<kind>/:item`.
 * `raw` uses Node's request and response, without the framework.
 */
export type Kind = 'items' | 'throws' | 'empty' | 'unchanged' | 'stream' | 'echo' | 'slow' | 'raw';

export const MOUNT = '/tenants/:tenant';

/** The body of `items`, and of `slow` if it is too late. */
export const TEXT = 'an item of the tenant';

/** The error of `throws`. The error handling of the framework makes it a 500. */
export const failure = (): Error => new Error('as the contract wants it');

/** The body of `stream`, whose length is not known in advance. */
export const stream = (): Readable => Readable.from(['first, ', 'second and last'], { objectMode: false });

/** The body of `echo`: the length of the request's body. */
export const measure = (text: string): string => `${Buffer.byteLength(text)} bytes`;

export async function textOf(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text;
}

/** The handler of `slow`: reports that the request has arrived, and waits until the client has left. */
export function left(req: IncomingMessage, res: ServerResponse): Promise<void> {
  arrived(req);
  return new Promise((resolve) => res.on('close', resolve));
}

/** Reports that a request has reached its handler. */
export function arrived(req: IncomingMessage): void {
  process.send?.({ arrived: pathOf(req) });
}

/** Routers remove the mount from `url`, and keep the whole path in `originalUrl`. */
export function pathOf(req: IncomingMessage & { originalUrl?: string }): string {
  return req.originalUrl ?? req.url ?? '';
}

/** A response as it would be sent. */
export function answerText(status: number, headers: Iterable<[string, unknown]>, body: string): string {
  const lines = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`;
}

/** An application that listens on a loopback port. */
export interface Served {
  readonly server: Server | Http2Server;
  readonly recorder?: Pick<RawRequests, 'stats'> | undefined;
  /** Makes a request without a connection, if the framework supports that, and returns the response. */
  inject?(path: string): Promise<string>;
}

/** Starts the application. With options, the framework's adapter records it. */
export type Serve = (options: Options | undefined) => Promise<Served>;

export interface Framework {
  /** The name of the package in the tests. */
  readonly name: string;
  readonly kind: 'plain Node' | 'framework' | 'older version';
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** Converts a route from the syntax of Express. @default unchanged */
  readonly syntax?: (route: string) => string;
  /** Scenarios that the framework does not support, with the reason. */
  readonly without?: Readonly<Record<string, string>>;
  /** The reason why the framework cannot run here. */
  readonly unavailable?: string | false;
  /** Whether injected requests have Node's objects, which the adapter observes. */
  readonly injects?: boolean;
  readonly serve: Serve;
}
