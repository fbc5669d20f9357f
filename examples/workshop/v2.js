// v2: the function that handles a request is timed. A request is printed as a point in line protocol.
import http from 'node:http';
import { app, routeOf } from './app.js';

function timed(handler) {
  return (req, res) => {
    const start = performance.now();
    handler(req, res);
    const seconds = (performance.now() - start) / 1000;
    console.log(`raw-requests,route=${routeOf(req)} application_time=${seconds} ${Date.now()}`);
  };
}

http.createServer(timed(app)).listen(process.env.PORT ?? 3000);
