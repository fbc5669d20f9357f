import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { fakeInflux } from '../../support/fake-influx.ts';

const REGISTER = new URL('../../../src/register.js', import.meta.url).href;

/** Serves a request, and ends 200 ms after the delivery thread has printed something, as Node does with warnings. */
const PROGRAM = `
const http = require('node:http');
const { Worker } = require('node:worker_threads');
const { unref } = Worker.prototype;
Worker.prototype.unref = function () {
  setTimeout(() => {
    this.stderr.push('a warning');
    setTimeout(() => server.close(), 200);
  }, 200);
  return unref.call(this);
};
const server = http.createServer((req, res) => res.end()).listen(0, '127.0.0.1', () =>
  http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, (res) => res.resume()),
);
`;

test('a delivery thread that prints does not keep the process alive', async (t) => {
  const influx = await fakeInflux(t);
  const env = { ...process.env, INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
  const args = ['--import', REGISTER, '--input-type=commonjs', '--eval', PROGRAM];
  await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  assert.equal(influx.points.length, 1);
});
