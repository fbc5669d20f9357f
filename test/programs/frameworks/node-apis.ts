import type { Framework } from './framework.ts';

const listen = (app: string) => `${app}.listen(process.env.PORT, '127.0.0.1');`;

/** Frameworks for APIs. Each application has the same two routes, with a prefix where the framework has one. */
export const nodeApis: readonly Framework[] = [
  {
    name: 'http-proxy-middleware in Express',
    packages: { 'http-proxy-middleware': '4.2.2', express: '5' },
    files: {
      'app.js': `
        const express = require('express');
        const { createProxyMiddleware } = require('http-proxy-middleware');
        const behind = require('node:http').createServer((req, res) => res.writeHead(req.url === '/none' ? 404 : 200).end(req.url));
        behind.listen(0, '127.0.0.1', () => {
          const target = 'http://127.0.0.1:' + behind.address().port;
          const app = express();
          app.use('/api', createProxyMiddleware({ target, pathRewrite: { '^/old': '/new' } }));
          ${listen('app')}
        });`,
    },
    env: { RAW_REQUESTS_IGNORE: '/old,/items,/none,/new' },
    start: () => ['app.js'],
    requests: {
      'GET /api/items?q=1': '200 /api',
      'POST /api/old': '200 /api',
      'GET /api/none': '404 /api',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'Feathers on Express',
    packages: { '@feathersjs/express': '5.0.50', '@feathersjs/feathers': '5.0.50' },
    files: {
      'app.js': `
        const { feathers } = require('@feathersjs/feathers');
        const express = require('@feathersjs/express');
        const app = express.default(feathers());
        app.use(express.json());
        app.configure(express.rest());
        app.use('api/messages', { find: async () => [], get: async (id) => ({ id }), create: async () => ({}) });
        app.use(express.notFound());
        app.use(express.errorHandler({ logger: false }));
        app.listen(process.env.PORT);`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /api/messages?q=1': '200 /api/messages',
      'GET /api/messages/7': '200 /api/messages/:id',
      'POST /api/messages': '201 /api/messages',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'Feathers on Koa',
    packages: { '@feathersjs/koa': '5.0.50', '@feathersjs/feathers': '5.0.50' },
    files: {
      'app.js': `
        const { feathers } = require('@feathersjs/feathers');
        const { koa, rest, bodyParser, errorHandler } = require('@feathersjs/koa');
        const app = koa(feathers());
        app.use(errorHandler());
        app.use(bodyParser());
        app.configure(rest());
        app.use('api/messages', { find: async () => [], get: async (id) => ({ id }) });
        app.listen(process.env.PORT);`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /api/messages?q=1': '200 /api/messages',
      'GET /api/messages/7': '200 /api/messages/:id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'AdonisJS',
    packages: { '@adonisjs/core': '7.5.2', 'reflect-metadata': '0.2' },
    type: 'module',
    node: 24,
    files: {
      'app.js': `
        import 'reflect-metadata';
        import { IgnitorFactory } from '@adonisjs/core/factories';
        const ignitor = new IgnitorFactory().withCoreConfig().withCoreProviders()
          .preload(async (app) => {
            const router = await app.container.make('router');
            router.group(() => {
              router.get('/items/:id', ({ params }) => params);
              router.post('/items', ({ response }) => response.created());
            }).prefix('/api');
          })
          .create(new URL('./', import.meta.url), { importer: (file) => import(file) });
        await ignitor.httpServer().start();`,
    },
    start: () => ['app.js'],
    env: { HOST: '127.0.0.1' },
    requests: {
      'GET /api/items/7?q=1': '200 /api/items/:id',
      'POST /api/items': '201 /api/items',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'LoopBack 4',
    packages: { '@loopback/rest': '15.0.16', '@loopback/core': '7' },
    files: {
      'app.js': `
        const { RestApplication } = require('@loopback/rest');
        const app = new RestApplication({ rest: { port: Number(process.env.PORT), host: '127.0.0.1', basePath: '/base' } });
        const answer = { responses: { 200: { description: 'ok' } } };
        app.route('get', '/items/{id}', {
          ...answer, parameters: [{ name: 'id', in: 'path', schema: { type: 'string' } }],
        }, (id) => ({ id }));
        app.start();`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /base/items/7?q=1': '200 /base/items/{id}',
      'GET /base/nothing': '404 /base',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'Moleculer-web',
    packages: { 'moleculer-web': '0.11.0', moleculer: '0.15' },
    node: 24,
    files: {
      'app.js': `
        const { ServiceBroker } = require('moleculer');
        const broker = new ServiceBroker({ logger: false });
        broker.createService({ name: 'posts', actions: {
          get: ({ params }) => params,
          list: () => [],
        } });
        broker.createService({ mixins: [require('moleculer-web')], settings: {
          port: Number(process.env.PORT), ip: '127.0.0.1',
          routes: [{ path: '/api', aliases: { 'GET posts/:id': 'posts.get', 'REST own': 'posts' } }],
        } });
        broker.start();`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /api/posts/7?q=1': '200 /api/posts/:id',
      'GET /api/own/7': '200 /api/own/:id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'tinyhttp',
    packages: { '@tinyhttp/app': '3.0.11' },
    type: 'module',
    files: {
      'app.js': `
        import { App } from '@tinyhttp/app';
        const inner = new App().get('/items/:id', (req, res) => res.send(req.params));
        const app = new App().get('/own/:id', (req, res) => res.send('own')).use('/api', inner);
        ${listen('app').replace("'127.0.0.1'", "undefined, '127.0.0.1'")}`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /own/7?q=1': '200 /own/:id',
      'GET /api/items/7': '200 /api/items/:id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'h3 2',
    packages: { h3: '2.0.8' },
    type: 'module',
    files: {
      'app.js': `
        import { H3, serve } from 'h3';
        const app = new H3().get('/items/:id', (event) => event.context.params).get('/', () => 'home');
        app.mount('/api', new H3().get('/things/:id', () => 'thing'));
        serve(app, { port: Number(process.env.PORT), hostname: '127.0.0.1', silent: true });`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /': '200 /',
      'GET /items/7?q=1': '200 /items/:id',
      'GET /api/things/7': '200 /api/things/:id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'NestJS, with versions and a prefix',
    packages: {
      '@nestjs/core': '12.5.1',
      '@nestjs/common': '12.5.1',
      '@nestjs/platform-express': '12.5.1',
      'reflect-metadata': '0.2',
      rxjs: '7',
    },
    type: 'module',
    node: 24,
    files: {
      'app.js': `
        import 'reflect-metadata';
        import { Controller, Get, Module, Version, VersioningType } from '@nestjs/common';
        import { NestFactory } from '@nestjs/core';
        class Cats { one() { return { name: 'Tom' }; } old() { return 'old'; } }
        const decorate = (name, ...all) => {
          const descriptor = Object.getOwnPropertyDescriptor(Cats.prototype, name);
          for (const one of all) one(Cats.prototype, name, descriptor);
        };
        decorate('one', Get(':name'), Version('2'));
        decorate('old', Get(':name'), Version('1'));
        Controller('cats')(Cats);
        class App {}
        Module({ controllers: [Cats] })(App);
        const app = await NestFactory.create(App, { logger: false });
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI });
        await ${listen('app')}`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /api/v2/cats/tom?q=1': '200 /api/v2/cats/:name',
      'GET /api/v1/cats/tom': '200 /api/v1/cats/:name',
      'GET /api/v3/cats/tom': '404 /api*path',
    },
  },
  {
    name: 'Hono',
    packages: { hono: '4.13.19', '@hono/node-server': '2.1.8' },
    type: 'module',
    files: {
      'app.js': `
        import { serve } from '@hono/node-server';
        import { serveStatic } from '@hono/node-server/serve-static';
        import { Hono } from 'hono';
        const items = new Hono().get('/:id', (c) => c.text('item'));
        const app = new Hono().route('/api/items', items).use('/files/*', serveStatic({ root: './' }));
        serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });`,
      'files/hello.txt': 'hello',
    },
    start: () => ['app.js'],
    requests: {
      'GET /api/items/7?q=1': '200 /api/items/:id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'restify',
    packages: { restify: '11.1.0' },
    files: {
      'app.js': `
        const app = require('restify').createServer();
        app.get('/api/items/:id', (req, res, next) => { res.send('ok'); next(); });
        ${listen('app')}`,
    },
    start: () => ['app.js'],
    requests: { 'GET /api/items/7?q=1': '200 /api/items/:id', 'GET /nothing': '404 (unmatched)' },
    note: 'not on Node 24 and later, where it does not load',
  },
  {
    name: 'Polka',
    packages: { polka: '0.5.2' },
    files: {
      'app.js': `
        const polka = require('polka');
        const api = polka().get('/items/:id', (req, res) => res.end('item'));
        ${listen("polka().use('/api', api)")}`,
    },
    start: () => ['app.js'],
    requests: { 'GET /api/items/7?q=1': '200 /api/items/:id', 'GET /nothing': '404 (unmatched)' },
  },
  {
    name: 'find-my-way',
    packages: { 'find-my-way': '9.10.2' },
    files: {
      'app.js': `
        const router = require('find-my-way')({ defaultRoute: (req, res) => { res.statusCode = 404; res.end(); } });
        router.on('GET', '/api/items/:id', (req, res) => res.end('item'));
        const server = require('node:http').createServer((req, res) => router.lookup(req, res));
        ${listen('server')}`,
    },
    start: () => ['app.js'],
    requests: { 'GET /api/items/7?q=1': '200 (unmatched)', 'GET /nothing': '404 (unmatched)' },
    note: 'in Fastify the full template; by itself the option `route` names them',
  },
];
