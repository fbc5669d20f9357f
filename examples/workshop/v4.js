// v4: each request is written to the database when it ends, with a request of its own.
import http from 'node:http';
import { app, routeOf } from './app.js';

const { INFLUX_URL = 'http://127.0.0.1:8187', INFLUX_DATABASE = 'workshop', PORT = 3000 } = process.env;
const address = `${INFLUX_URL}/write?db=${INFLUX_DATABASE}&precision=ms`;

function recorded(handler) {
  return (req, res) => {
    const start = performance.now();
    res.once('close', async () => {
      const seconds = (performance.now() - start) / 1000;
      const outcome = res.writableFinished ? 'finished' : 'aborted';
      const tags = `method=${req.method},outcome=${outcome},route=${routeOf(req)},status=${res.statusCode}`;
      const point = `raw-requests,process=v4,${tags} application_time=${seconds} ${Date.now()}`;
      try {
        const answer = await fetch(address, { method: 'POST', body: point });
        await answer.arrayBuffer();
      } catch {
        // The application does not fail because its database does. The point is lost.
      }
    });
    return handler(req, res);
  };
}

http.createServer(recorded(app)).listen(PORT);
