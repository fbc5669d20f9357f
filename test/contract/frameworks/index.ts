import type { Framework } from '../program/application.ts';
import { connect } from './connect.ts';
import { express, router } from './express.ts';
import { fastify } from './fastify.ts';
import { hapi } from './hapi.ts';
import { hono } from './hono.ts';
import { koa } from './koa.ts';
import { nestOnExpress, nestOnFastify } from './nest.ts';
import { nodeHttp, nodeHttp2 } from './node-http.ts';
import { polka } from './polka.ts';
import { restify } from './restify.ts';

/** The frameworks that the contract applies to. */
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
  router,
];
