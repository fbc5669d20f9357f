import type { Framework } from './framework.ts';

const TRPC = `
  import { initTRPC } from '@trpc/server';
  const t = initTRPC.create();
  const user = t.router({ byId: t.procedure.query(() => ({ name: 'Ann' })) });
  const appRouter = t.router({ user, hello: t.procedure.query(() => 'hello') });`;

const GRAPHQL = {
  'GET /graphql?query=query+Books%7Bbooks%7D&operationName=Books': '200 /graphql',
  'GET /graphql?query=%7Bbooks%7D': '200 /graphql',
};

/** One path for many operations, whose names an application can give as routes. */
export const rpc: readonly Framework[] = [
  {
    name: 'tRPC, standalone',
    packages: { '@trpc/server': '11.25.2', typescript: '5' },
    type: 'module',
    node: 24,
    files: {
      'app.js': `${TRPC}
        import { createHTTPServer } from '@trpc/server/adapters/standalone';
        createHTTPServer({ router: appRouter }).listen(process.env.PORT, '127.0.0.1');`,
    },
    start: () => ['app.js'],
    requests: { 'GET /hello': '200 (unmatched)', 'GET /user.byId': '200 (unmatched)' },
    note: 'its procedures: see below',
  },
  {
    name: 'tRPC in Express',
    packages: { '@trpc/server': '11.25.2', typescript: '5', express: '5' },
    type: 'module',
    node: 24,
    files: {
      'app.js': `${TRPC}
        import { createExpressMiddleware } from '@trpc/server/adapters/express';
        import express from 'express';
        express().use('/trpc', createExpressMiddleware({ router: appRouter }))
          .listen(process.env.PORT, '127.0.0.1');`,
    },
    start: () => ['app.js'],
    requests: {
      'GET /trpc/hello': '200 /trpc',
      'GET /trpc/user.byId?batch=1': '200 /trpc',
      'GET /nothing': '404 (unmatched)',
    },
    note: 'its procedures: see below',
  },
  {
    name: 'Apollo Server in Express',
    packages: { '@apollo/server': '5', '@as-integrations/express5': '1', express: '5', graphql: '16' },
    type: 'module',
    node: 24,
    files: {
      'app.js': `
        import { ApolloServer } from '@apollo/server';
        import { expressMiddleware } from '@as-integrations/express5';
        import express from 'express';
        const server = new ApolloServer({
          csrfPrevention: false, typeDefs: 'type Query { books: [String] }', resolvers: { Query: { books: () => ['one'] } },
        });
        await server.start();
        express().use('/graphql', express.json(), expressMiddleware(server)).listen(process.env.PORT, '127.0.0.1');`,
    },
    start: () => ['app.js'],
    requests: GRAPHQL,
    note: 'its operations: see below',
  },
  {
    name: 'GraphQL Yoga',
    packages: { 'graphql-yoga': '5', graphql: '16' },
    type: 'module',
    node: 24,
    files: {
      'app.js': `
        import { createServer } from 'node:http';
        import { createSchema, createYoga } from 'graphql-yoga';
        const schema = createSchema({
          typeDefs: 'type Query { books: [String] }', resolvers: { Query: { books: () => ['one'] } },
        });
        createServer(createYoga({ schema, logging: false })).listen(process.env.PORT, '127.0.0.1');`,
    },
    start: () => ['app.js'],
    requests: Object.fromEntries(Object.keys(GRAPHQL).map((line) => [line, '200 (unmatched)'])),
    note: 'its operations: see below',
  },
  {
    name: 'tRPC, with `route`',
    packages: { '@trpc/server': '11.25.2', typescript: '5', express: '5' },
    type: 'module',
    node: 24,
    files: {
      'named.js': `
        import { initTRPC } from '@trpc/server';
        import { createExpressMiddleware } from '@trpc/server/adapters/express';
        import express from 'express';
        const { rawRequests } = await import(process.env.LIBRARY);
        const t = initTRPC.context().create();
        const procedure = t.procedure.use(({ ctx, path, next }) => {
          ctx.req.procedure = path;
          return next();
        });
        const user = t.router({ byId: procedure.query(() => ({ name: 'Ann' })) });
        express()
          .use(rawRequests({ route: (req) => req.procedure && '/trpc/' + req.procedure }))
          .use('/trpc', createExpressMiddleware({ router: t.router({ user }), createContext: ({ req }) => ({ req }) }))
          .listen(process.env.PORT, '127.0.0.1');`,
    },
    isNamed: true,
    start: () => ['named.js'],
    requests: { 'GET /trpc/user.byId': '200 /trpc/user.byId', 'GET /trpc/nothing': '404 /trpc' },
  },
  {
    name: 'Apollo Server, with `route`',
    packages: { '@apollo/server': '5', '@as-integrations/express5': '1', express: '5', graphql: '16' },
    type: 'module',
    node: 24,
    files: {
      'named.js': `
        import { ApolloServer } from '@apollo/server';
        import { expressMiddleware } from '@as-integrations/express5';
        import express from 'express';
        const { rawRequests } = await import(process.env.LIBRARY);
        const names = {
          requestDidStart: async () => ({
            didResolveOperation: async ({ contextValue, operationName }) => {
              contextValue.req.operation = operationName;
            },
          }),
        };
        const server = new ApolloServer({
          csrfPrevention: false, plugins: [names],
          typeDefs: 'type Query { books: [String] }', resolvers: { Query: { books: () => ['one'] } },
        });
        await server.start();
        express()
          .use(rawRequests({ route: (req) => req.operation && '/graphql ' + req.operation }))
          .use('/graphql', express.json(), expressMiddleware(server, { context: async ({ req }) => ({ req }) }))
          .listen(process.env.PORT, '127.0.0.1');`,
    },
    isNamed: true,
    start: () => ['named.js'],
    requests: {
      'GET /graphql?query=query+Books%7Bbooks%7D&operationName=Books': '200 /graphql Books',
      'GET /graphql?query=%7Bbooks%7D': '200 /graphql',
    },
  },
];
