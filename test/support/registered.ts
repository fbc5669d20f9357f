import { once } from 'node:events';
import type http from 'node:http';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { observeServers } from '../../src/capture/node/servers.ts';
import { type Options, type RawRequests, rawRequests } from '../../src/index.ts';
import { resolveOptions } from '../../src/options/options.ts';
import type { Recorder } from '../../src/recorder.ts';
import { sharedRecorder } from '../../src/shared-recorder.ts';
import { type FakeInflux, fakeInflux } from './fake-influx.ts';
import type { Point } from './line-protocol.ts';
import { connect } from './server.ts';

export interface Registered {
  readonly influx: FakeInflux;
  readonly middleware: RawRequests;
  readonly recorder: Recorder;
  /** Listens on a free port until the test ends. */
  listen(server: net.Server): Promise<number>;
  points(count: number): Promise<Point[]>;
  /** Ends the recording. */
  close(): Promise<void>;
}

/**
 * Records all servers of this process except the fake database, as `raw-requests/register` does.
 *
 * @param inCode additional options of `middleware`
 * @param all false to record only what passes `middleware`
 */
export async function register(
  t: TestContext,
  extra: Options = {},
  inCode: Options = {},
  all = true,
): Promise<Registered> {
  const influx = await fakeInflux(t);
  const options = {
    url: influx.url,
    database: 'requests',
    flushIntervalMs: 10,
    ignore: ['/write*'],
    logLevel: 'silent' as const,
    ...extra,
  };
  const resolved = resolveOptions(options);
  const share = sharedRecorder(resolved, resolved.destination!)!;
  if (all) share.recorder.observeAll(observeServers);
  const middleware = rawRequests({ ...options, ...inCode });
  const close = async () => {
    await middleware.close();
    await share.release();
  };
  t.after(close);
  return {
    influx,
    middleware,
    recorder: share.recorder,
    listen: async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => {
        server.close();
        (server as http.Server).closeAllConnections?.();
      });
      return (server.address() as AddressInfo).port;
    },
    points: (count) => influx.stored(count),
    close,
  };
}

/** Method, status and outcome: `GET 200 finished`. */
export const summary = (point: Point): string =>
  `${point.tags.method} ${point.tags.status} ${point.tags.outcome}`;

/** Sends `request` to a server, and reads until it closes the connection. */
export async function exchange(t: TestContext, port: number, request: string): Promise<string> {
  const { socket, text } = await connect(t, port);
  socket.write(request);
  await once(socket, 'close');
  return text();
}
