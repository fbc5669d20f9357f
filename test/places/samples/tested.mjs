// A test of an application, for runners that have `test` and `expect` as globals.
import http from 'node:http';
import express from 'express';
import { rawRequests } from 'raw-requests';

const { test, expect } = globalThis;
const record = rawRequests();

test('the application answers', async () => {
  const app = express();
  app.use(record);
  app.get('/items/:id', (_req, res) => res.send('ok'));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address();
  for (let id = 0; id < 50; id++) {
    await new Promise((resolve) => {
      const options = { port, host: '127.0.0.1', path: `/items/${id}`, agent: false };
      http.get(options, (res) => res.resume().on('end', resolve));
    });
  }
  await new Promise((resolve) => server.close(resolve));
  await record.close();
  expect(record.stats().acknowledged).toBe(50);
});
