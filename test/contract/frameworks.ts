import type { Framework } from './application.ts';
import { connect } from './frameworks/connect.ts';
import { express } from './frameworks/express.ts';
import { fastify } from './frameworks/fastify.ts';
import { hapi } from './frameworks/hapi.ts';
import { hono } from './frameworks/hono.ts';
import { koa } from './frameworks/koa.ts';
import { nestOnExpress, nestOnFastify } from './frameworks/nest.ts';
import { nodeHttp, nodeHttp2 } from './frameworks/node-http.ts';
import { polka } from './frameworks/polka.ts';
import { restify } from './frameworks/restify.ts';

/** All that the contract holds for. */
export const FRAMEWORKS: readonly Framework[] = [
  nodeHttp,
  nodeHttp2,
  ...express,
  ...fastify,
  ...koa,
  hapi,
  nestOnExpress,
  nestOnFastify,
  hono,
  connect,
  polka,
  restify,
];
