// Serves itself 50 requests, and ends at once.
import http from 'node:http';
import express from 'express';
import { rawRequests } from 'raw-requests';

const app = express();
app.use(rawRequests());
app.get('/items/:id', (_req, res) => res.send('ok'));
const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (let id = 0; id < 50; id++) {
    await new Promise((resolve) => {
      http.get({ port, host: '127.0.0.1', path: `/items/${id}` }, (res) => res.resume().on('end', resolve));
    });
  }
  process.exit(0);
});
