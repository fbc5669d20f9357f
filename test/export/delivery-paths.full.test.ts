import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { LINES, MARKED, type Reported, WAYS } from '../support/export/delivery-paths.ts';
import { fakeDatabase } from '../support/fake-database.ts';
import { influxdb } from '../support/real/influx.ts';

/** One write, by the numbers of its lines. */
interface Write {
  readonly numbers: readonly number[];
  /** From 1. */
  readonly attempt: number;
  readonly res: ServerResponse;
  /** Stores these, and no others. */
  store(numbers?: readonly number[]): void;
}

interface Case {
  readonly answer: (write: Write) => unknown;
  /** The lines that are not stored. @default none */
  readonly lost?: readonly number[];
  readonly log?: readonly RegExp[];
}

const DOWN = (reason: RegExp) =>
  new RegExp(
    `^InfluxDB at http://database \\(database requests\\) does not take lines since then: ${reason.source}; 100 lines waiting, nothing lost$`,
  );
const UP =
  /^InfluxDB at http:\/\/database \(database requests\) takes lines again: 100 delivered, 0 waiting$/;
const LOST = (reason: RegExp) => new RegExp(`^1 line was not stored: ${reason.source}$`);

const json = (res: ServerResponse, status: number, content: unknown) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
const stores = ({ store, res }: Write) => {
  store();
  res.writeHead(204).end();
};
const others = ({ numbers }: Write) => numbers.filter((number) => number !== MARKED);

/** Answers the first writes with one status each, then stores. */
const first =
  (...statuses: (number | 'reset' | 'html')[]): Case['answer'] =>
  (write) => {
    const status = statuses[write.attempt - 1];
    if (status === undefined) stores(write);
    else if (status === 'reset') write.res.socket!.resetAndDestroy();
    else if (status === 'html')
      write.res.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>');
    else write.res.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end();
  };

/** What is done about one line that cannot be stored. */
const refusing =
  (refuse: (write: Write) => unknown): Case['answer'] =>
  (write) =>
    write.numbers.includes(MARKED) ? refuse(write) : stores(write);

const CASES: Readonly<Record<string, Case>> = {
  '413 above ten lines': {
    answer: (write) => (write.numbers.length > 10 ? write.res.writeHead(413).end() : stores(write)),
  },
  '400 and a partial write, for one line': {
    answer: refusing((write) => {
      write.store(others(write));
      json(write.res, 400, { error: 'partial write: field type conflict: it is another dropped=1' });
    }),
    lost: [MARKED],
    log: [LOST(/400 Bad Request: partial write: field type conflict: it is another dropped=1/)],
  },
  '422 and a partial write, for one line': {
    answer: refusing((write) => {
      write.store(others(write));
      const message = 'failure writing points to database: partial write: too old dropped=1';
      json(write.res, 422, { code: 'unprocessable entity', message });
    }),
    lost: [MARKED],
    log: [LOST(/422 Unprocessable Entity: failure writing .* too old dropped=1/)],
  },
  '400 and nothing stored, for one line': {
    answer: refusing(({ res }) => json(res, 400, { code: 'invalid', message: 'unable to parse' })),
    lost: [MARKED],
    log: [LOST(/400 Bad Request: unable to parse/)],
  },
  '400 and JSON that is no message, for one line': {
    answer: refusing(({ res }) => json(res, 400, { error: { toString: 1 }, message: [[[]]] })),
    lost: [MARKED],
    log: [LOST(/400 Bad Request: \{"error":\{"toString":1\},"message":\[\[\[\]\]\]\}/)],
  },
  '413 for one line alone': {
    answer: refusing(({ res }) => res.writeHead(413).end()),
    lost: [MARKED],
    log: [LOST(/413 Payload Too Large/)],
  },
  '400 for every line': {
    answer: ({ res }) => res.writeHead(400).end('no'),
    lost: Array.from({ length: LINES }, (_, i) => i + 1),
    log: [/^100 lines were not stored: 400 Bad Request: no$/],
  },
  '200 with a page of HTML, twice': {
    answer: first('html', 'html'),
    log: [DOWN(/200 OK, but InfluxDB answers 204: is it one\?/), UP],
  },
  '405, 302 and 418, once each': { answer: first(405, 302, 418), log: [DOWN(/405 Method Not Allowed/), UP] },
  '400 for a setting that is missing, three times': {
    answer: (write) => {
      const messages = [
        'Please provide either orgID or org',
        'database is required',
        "missing query parameter 'db'",
      ];
      const message = messages[write.attempt - 1];
      if (message === undefined) stores(write);
      else json(write.res, 400, { code: 'invalid', message });
    },
    log: [DOWN(/400 Bad Request: Please provide either orgID or org/), UP],
  },
  '500, 429, a reset and 401, once each': {
    answer: first(500, 429, 'reset', 401),
    log: [DOWN(/500 Internal Server Error/), UP],
  },
};

describe('whichever way lines take, the same is stored, counted and said when the database answers', () => {
  for (const [name, { answer, lost = [], log = [] }] of Object.entries(CASES)) {
    test(name, async (t) => {
      const results = await Promise.all(
        Object.entries(WAYS).map(async ([way, send]) => {
          const stored = new Set<number>();
          const database = await fakeDatabase(t);
          let attempt = 0;
          database.answer = ({ body }, res) => {
            const numbers = [...body.matchAll(/sequence=(\d+)i/g)].map(([, number]) => Number(number));
            // What a process says of itself is not what this is about.
            if (numbers.length === 0) return res.writeHead(204).end();
            const store = (some = numbers) => some.forEach((number) => void stored.add(number));
            return answer({ numbers, attempt: ++attempt, res, store });
          };
          return { way, told: await send(t, database.url), stored };
        }),
      );
      for (const { way, told, stored } of results) assertTold(way, told, stored, lost, log);
      for (const { way, told } of results) assert.deepEqual(told, results[0]!.told, way);
    });
  }
});

test('whichever way lines take, a real InfluxDB stores all but one in conflict, and that is what is counted and said', async (t) => {
  const influx = await influxdb(t);
  const results = await Promise.all(
    Object.entries(WAYS).map(async ([way, send], index) => {
      const database = `d${index}`;
      await influx.query(`CREATE DATABASE ${database}`);
      // The field of the marked line has another type there already.
      const point = `raw-requests trace_id=1i ${BigInt(Date.now()) * 1_000_000n}`;
      await fetch(`${influx.url}/write?db=${database}`, { method: 'POST', body: point });
      const told = await send(t, influx.url, database);
      const [row] = await influx.query('SELECT count("sequence") FROM "raw-requests"', database);
      assert.equal(row?.count, LINES - 1, way);
      return { way, told };
    }),
  );
  const [{ told } = { told: undefined }] = results;
  assert.deepEqual([told?.acknowledged, told?.notStored, told?.log.length], [LINES - 1, 1, 1]);
  assert.match(told!.log[0]!, LOST(/400 Bad Request: partial write: field type conflict: .* dropped=1/));
  for (const other of results) assert.deepEqual(other.told, told, other.way);
});

function assertTold(
  way: string,
  told: Reported,
  stored: ReadonlySet<number>,
  lost: readonly number[],
  log: readonly RegExp[],
): void {
  const missing = Array.from({ length: LINES }, (_, i) => i + 1).filter((number) => !stored.has(number));
  assert.deepEqual(missing, lost, way);
  assert.deepEqual([told.acknowledged, told.notStored], [LINES - lost.length, lost.length], way);
  assert.equal(told.log.length, log.length, `${way}: ${told.log.join('\n')}`);
  for (const [index, expected] of log.entries()) assert.match(told.log[index]!, expected, way);
}
