// The application of the workshop. It never changes: only what measures it does.
import { setTimeout as wait } from 'node:timers/promises';

/** The names of the routes. Never the text of a client: each of its values would be a tag in the database. */
export function routeOf({ url }) {
  return url === '/' || url === '/report' ? url : '(unmatched)';
}

export async function app(req, res) {
  switch (routeOf(req)) {
    case '/': // asks a database, which answers after 5 to 20 ms
      await wait(5 + Math.random() * 15);
      res.end('hello\n');
      break;
    case '/report': // a stream: five lines, one every 100 ms
      for (let line = 1; line <= 5; line++) {
        res.write(`line ${line}\n`);
        await wait(100);
      }
      res.end();
      break;
    default:
      res.writeHead(404).end();
  }
}
