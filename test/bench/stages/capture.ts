import { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { Observer } from '../../../src/capture/node/observer.ts';
import { OpenRequest, type Tracker } from '../../../src/capture/node/open-request.ts';
import { Slots } from '../../../src/capture/node/slots.ts';
import { nameRoute } from '../../../src/capture/routes/named-route.ts';
import { routeOf } from '../../../src/capture/routes/route-of.ts';
import { traceHeader } from '../../../src/capture/trace/trace-header.ts';
import { resolveOptions } from '../../../src/options/options.ts';
import { Recorder } from '../../../src/recorder.ts';
import { now } from '../../../src/safety/time.ts';
import { measure, measureBeside } from './measure.ts';
import type { Stage } from './stages.ts';

const HEADERS = { host: 'example.com', connection: 'keep-alive' };

/** What the main thread does from the start of a request to its end. */
export async function captureStages(): Promise<Stage[]> {
  const exchange = exchanges();
  const slots = new Slots();
  const observer = new Observer(() => {});
  const recorder = new Recorder(resolveOptions({ prometheus: true }), undefined);
  const bare = () => exchange(() => {});
  const named = openRequest({ url: '/items/1' });
  nameRoute(named.req, '/items/:item');
  const ofExpress = await expressRequest();
  const stages: Stage[] = [
    ['clock', measure(now)],
    ['slot', measure(() => slots.release(slots.acquire()))],
    ['route, named by an adapter', measure(() => routeOf(named, undefined))],
    ['route, from the routers of Express', measure(() => routeOf(ofExpress, undefined))],
    ['trace header, none', measure(() => traceHeader(HEADERS))],
    ['capture', measureBeside(() => exchange((req, res) => observer.observe(req, res)), bare)],
    ['all on the main thread', measureBeside(() => exchange((req, res) => recorder.observe(req, res)), bare)],
  ];
  await recorder.close();
  return stages;
}

/** Runs a request and its response without a server, as far as this package sees them. */
function exchanges(): (observe: (req: IncomingMessage, res: ServerResponse) => unknown) => void {
  const socket = new Socket();
  socket.write = () => true;
  return (observe) => {
    const req = new IncomingMessage(socket);
    req.method = 'GET';
    req.url = '/items/1';
    Object.defineProperty(req, 'headers', { value: HEADERS });
    const res = new ServerResponse(req);
    res.assignSocket(socket);
    observe(req, res);
    res.emit('close');
    res.detachSocket(socket);
  };
}

function openRequest(req: object): OpenRequest {
  return new OpenRequest(
    undefined as unknown as Tracker,
    Object.assign(req, { method: 'GET', headers: HEADERS }) as never,
    undefined,
    undefined,
    1,
    1,
    now(),
    true,
  );
}

/** A request that a router in an application of Express has handled. */
function expressRequest(): Promise<OpenRequest> {
  const express = createRequire(import.meta.url)('express');
  const [app, router] = [express(), express.Router()];
  app.use('/tenants/:tenant', router);
  return new Promise((resolve) => {
    router.get('/items/:item', (req: object) => resolve(openRequest(req)));
    const req = new IncomingMessage(new Socket());
    Object.assign(req, { method: 'GET', url: '/tenants/1/items/2' });
    app(req, new ServerResponse(req));
  });
}
