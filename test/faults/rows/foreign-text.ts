import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { heldBy } from '../../support/cost/held.ts';
import { anyText } from '../../support/hostile/foreign.ts';
import { answers, headers, optionValues, tagValues } from '../../support/hostile/inputs.ts';
import { influxdb } from '../../support/real/influx.ts';
import { until } from '../../support/within.ts';
import { account } from '../account.ts';
import { load, request, startHere, sum, total } from '../app.ts';
import { answer } from '../behaviours.ts';
import { into, openGate, pass } from '../gate.ts';
import type { Row } from '../row.ts';
import type { Sample } from '../server.ts';

// Text of clients, of the application and of the database that means harm.

const MIB = 1 << 20;

export const longQueries: Row = {
  number: 51,
  fault: 'requests with 15 kB of query each, of which the path is kept, while the database is down',
  async run(scene) {
    const amount = scene.short ? 2000 : 19_000;
    const influx = await influxdb(scene);
    const gate = await openGate(scene, into(influx.url), answer(503));
    const app = await startHere(scene, {
      url: gate.url,
      path: true,
      batchLines: 20_000,
      flushIntervalMs: 60_000,
      route: () => '/items/:item',
    });
    let answered = 0;
    const path = `/items/1234567890?q=${'x'.repeat(15_000)}`;
    const held = await heldBy(async () => {
      ({ answered } = await load(app, { amount, path }));
      return app;
    });
    assert.ok(held < 8 * MIB, `${held} bytes are held`);
    gate.behave = pass;
    const outcome = await account(app, influx, answered, `${(held / MIB).toFixed(1)} MiB were held`);
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};

/** What each connection of {@link hostileText} asks for. */
const AT_A_TIME = 50;

export const hostileText: Row = {
  number: 52,
  fault: 'hostile text in paths, headers, routes and tags, and as settings and answers',
  async run(scene) {
    const amount = scene.short ? 1000 : 100_000;
    const influx = await influxdb(scene);
    const texts = fc.sample(anyText, { numRuns: 1000, seed: scene.seed });
    const some = (number: number) => texts[number % texts.length]!;
    let number = 0;
    const app = await startHere(scene, {
      url: influx.url,
      path: true,
      tags: { mine: some(scene.seed).slice(0, 200) },
      route: () => some(number++),
      requestTags: () => ({ plan: some(number * 7), [some(number)]: some(number * 3) }),
    });
    for (let sent = 0; sent < amount; sent += AT_A_TIME) {
      await pipeline(
        app.url,
        Array.from({ length: AT_A_TIME }, (_, i) => rawRequest(some(sent + i), some(sent * 3 + i))),
      );
    }
    const kinds = [tagValues, headers, optionValues, answers];
    const held = scene.short
      ? []
      : kinds.map((kind) => `${kind.name} ${(kind(amount) / MIB).toFixed(1)} MiB`);
    const figures =
      held.length === 0 ? undefined : `${amount} of each kind, and held afterwards: ${held.join(', ')}`;
    const outcome = await account(app, influx, amount, figures);
    assert.equal(outcome.stored, amount);
    return outcome;
  },
};

/** A request with what of these texts HTTP/1.1 lets through. */
function rawRequest(path: string, header: string): Buffer {
  const target = Buffer.from(path, 'latin1').filter((byte) => byte > 32 && byte < 127);
  const value = Buffer.from(header, 'latin1').filter((byte) => byte === 9 || (byte > 31 && byte !== 127));
  return Buffer.concat([
    Buffer.from('GET /'),
    target,
    Buffer.from(
      ' HTTP/1.1\r\nhost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ),
    value,
    Buffer.from('\r\nx-request-start: '),
    value,
    Buffer.from('\r\n\r\n'),
  ]);
}

/** Sends requests over one connection; resolves when each is answered. */
async function pipeline(url: string, requests: readonly Buffer[]): Promise<void> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
    if (received.split('HTTP/1.1 200 OK').length - 1 === requests.length) socket.end();
  });
  socket.write(Buffer.concat(requests));
  await once(socket, 'close');
  assert.equal(received.split('HTTP/1.1 200 OK').length - 1, requests.length, received.slice(0, 500));
}

const USER = 'Köln';
const PASSWORD = 'Zwölf/Boxkämpfer %41&"jagen"';

export const echoes: Row = {
  number: 53,
  fault: 'the database repeats the credentials in what it answers, in many spellings',
  async run(scene) {
    const influx = await influxdb(scene);
    const json = JSON.stringify(PASSWORD);
    const query = new URLSearchParams({ u: USER, p: PASSWORD }).toString();
    const spellings = [
      PASSWORD,
      Buffer.from(PASSWORD).toString('latin1'),
      encodeURIComponent(PASSWORD),
      encodeURIComponent(PASSWORD).replace(/%../g, (code) => code.toLowerCase()),
      encodeURI(PASSWORD),
      json.slice(1, -1),
      JSON.stringify(json).slice(1, -1),
      query.slice(query.indexOf('p=') + 2),
      Buffer.from(`${USER}:${PASSWORD}`).toString('base64'),
    ];
    const texts = [
      (authorization: string) => `not you: ${authorization}`,
      ...spellings.map((text) => () => `\x1b[2Jnot with \u202e${text} here`),
    ];
    const ledgers: Sample[] = [];
    for (const [index, textOf] of texts.entries()) {
      const lines: string[] = [];
      const note = (fields: object, message: string) => void lines.push(`${inspect(fields)} ${message}`);
      const gate = await openGate(scene, into(influx.url), (exchange) => {
        const error = textOf(exchange.authorization ?? '');
        return answer(400, {}, index % 2 === 0 ? JSON.stringify({ error }) : error)(exchange);
      });
      const app = await startHere(scene, {
        url: gate.url,
        username: USER,
        password: PASSWORD,
        logger: { debug: note, info: note, warn: note, error: note },
      });
      await request(app, 1);
      await app.settled(1);
      await until(() => lines.length > 0, 'a line of the log');
      const log = lines.join('\n');
      assert.match(log, /were not stored|was not stored/);
      assert.match(log, /\*\*\*/);
      for (const text of spellings) assert.ok(!log.includes(text), `${text} in ${log}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
      assert.doesNotMatch(log, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      ledgers.push(total(app));
    }
    return { answered: texts.length, stored: 0, ledger: sum(ledgers), figures: `${texts.length} spellings` };
  },
};
