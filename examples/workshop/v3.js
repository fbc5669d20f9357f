// v3: the whole response is timed, streams included. `close` comes once, after the last byte or when the client leaves.
import http from 'node:http';
import { app, routeOf } from './app.js';

function timed(handler) {
  return (req, res) => {
    const start = performance.now();
    res.once('close', () => {
      const seconds = (performance.now() - start) / 1000;
      const outcome = res.writableFinished ? 'finished' : 'aborted';
      const tags = `method=${req.method},outcome=${outcome},route=${routeOf(req)},status=${res.statusCode}`;
      console.log(`raw-requests,${tags} application_time=${seconds} ${Date.now()}`);
    });
    return handler(req, res);
  };
}

http.createServer(timed(app)).listen(process.env.PORT ?? 3000);
