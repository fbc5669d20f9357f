// The WSGI wrapper of the workshop, called as a WSGI server calls an application. It needs Python only.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLines } from '../support/line-protocol.ts';
import { run } from '../support/run.ts';
import { root } from './document.ts';

const SERVER = `
import os, time
from raw_requests import recorded

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/raises":
        raise ValueError(path)
    write = start_response("200 OK", [])
    if path == "/writes":
        write(b"hello")
        return []
    return parts(path)

def parts(path):
    if path == "/raises-first":
        raise ValueError(path)
    yield b"12345"
    if path == "/raises-later":
        raise ValueError(path)
    yield b"67890"

application = recorded(application, lambda environ: environ["PATH_INFO"])

def ask(path, most=99, **headers):
    try:
        body = application({"REQUEST_METHOD": "GET", "PATH_INFO": path, **headers}, lambda *head: lambda part: None)
    except ValueError:
        return
    try:
        for _, part in zip(range(most), body):
            pass
    except ValueError:
        pass
    finally:
        body.close()
        body.close()

for path in ("/", "/raises", "/raises-first", "/raises-later", "/writes", "/a b,c=d\\\\"):
    ask(path)
ask("/left", 1)
ask("/waited", HTTP_X_REQUEST_START="t=%.3f" % (time.time() - 2))
ask("/not-waited", HTTP_X_REQUEST_START="nonsense")
if os.fork() == 0:
    ask("/forked")
`;

test('the WSGI wrapper writes a point for each request, whatever its end, at the end of the process', async (t) => {
  if (spawnSync('python3', ['--version']).status !== 0) return t.skip('python3 is missing');
  const written: string[] = [];
  const server = http.createServer(async (req, res) => {
    let body = '';
    for await (const part of req) body += part;
    written.push(body);
    res.writeHead(204).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const env = {
    INFLUX_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    PYTHONPATH: join(root, 'examples/workshop/python'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const { status, stderr } = await run(['-c', SERVER], env, 'python3');
  assert.equal(status, 0, stderr);

  const points = parseLines(written.join('\n'));
  const ends = points.map(({ tags, fields }) => [tags.route, tags.status, tags.outcome, fields.bytes_out]);
  assert.deepEqual(ends.sort(), [
    ['/', '200', 'finished', 10],
    ['/a b,c=d/', '200', 'finished', 10],
    ['/forked', '200', 'finished', 10],
    ['/left', '200', 'aborted', 5],
    ['/not-waited', '200', 'finished', 10],
    ['/raises', '500', 'finished', 0],
    ['/raises-first', '500', 'finished', 0],
    ['/raises-later', '200', 'aborted', 5],
    ['/waited', '200', 'finished', 10],
    ['/writes', '200', 'finished', 5],
  ]);
  const of = (route: string) => points.find(({ tags }) => tags.route === route)!;
  assert.ok(Number(of('/waited').fields.queue_time) >= 1.99);
  assert.equal(of('/not-waited').fields.queue_time, undefined);
  assert.notEqual(of('/forked').tags.process, of('/').tags.process);
  assert.equal(of('/forked').fields.sequence, 1);
});
