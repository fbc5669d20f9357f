import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { differences } from '../../src/compare/fingerprint/differences.ts';
import type { Fingerprint } from '../../src/compare/fingerprint/fingerprint.ts';

const SIDE: Fingerprint = {
  recorded: true,
  isSilent: false,
  processes: 1,
  threads: 1,
  slots: 8,
  inFlight: 8,
  open: 8,
  requestsPerConnection: 100,
  newConnections: 0.01,
  programs: ['node v24.11.1'],
  nodeEnvs: ['production'],
  cpus: ['0-3'],
  httpVersions: ['1.1'],
  encodings: ['identity'],
  statuses: { 200: 1 },
  sizes: [1200],
  cpu: 0.0004,
  cpuShare: 0.5,
  rss: 80e6,
};

const codes = (b: Partial<Fingerprint>, a: Partial<Fingerprint> = {}, declared: readonly string[] = []) =>
  differences({ ...SIDE, ...a }, { ...SIDE, ...b }, ['GET /'], declared);

describe('what makes a comparison one of other things than servers', () => {
  test('is nothing between two that are alike', () => {
    assert.deepEqual(codes({}), []);
    assert.deepEqual(
      codes({ slots: 11, inFlight: 11, open: 11, sizes: [1210], cpuShare: 0.6, newConnections: 0.1 }),
      [],
    );
  });

  test('is named in plain words', () => {
    for (const [code, b, text, a] of [
      [
        'processes',
        { processes: 4, threads: 4, slots: 5 },
        'A ran 1 process with 8 slots, B 4 processes with 5 slots: you are comparing concurrency, not servers.',
      ],
      [
        'threads',
        { threads: 5 },
        'A served with 1 thread, B with 5: you are comparing concurrency, not servers.',
      ],
      [
        'concurrency',
        { slots: 1, open: 32 },
        'B never had more than 1 request in work while the client had 32 open; the other side took what came.',
      ],
      [
        'keep-alive',
        { newConnections: 1, requestsPerConnection: 1 },
        'A opened a connection for 1.0 % of the requests (connection_requests: 100.0 on one, in the mean); B keeps no connection alive (connection_requests: 1.0 on one, in the mean). Opening a connection is part of what you compare.',
      ],
      ['versions', { programs: ['node v20.19.0'] }, 'A runs node v24.11.1, B node v20.19.0.'],
      ['node-env', { nodeEnvs: ['(none)'] }, 'A has NODE_ENV production, B (none).'],
      ['cores', { cpus: ['0'] }, 'A may use the CPUs 0-3, B 0.'],
      ['http-version', { httpVersions: ['1.0'] }, 'A answers with HTTP 1.1, B 1.0.'],
      ['compression', { encodings: ['gzip'] }, 'A answers with the encoding identity, B gzip.'],
      [
        'statuses',
        { statuses: { 200: 0.5, 304: 0.5 } },
        'A answers 200 to 100 %, B 200 to 50 %, 304 to 50 %.',
      ],
      ['sizes', { sizes: [0] }, 'GET /: A answers with 1,200 bytes, B with an empty body.'],
      ['sizes', { sizes: [4000] }, 'GET /: A answers with 1,200 bytes, B with 4,000 bytes.'],
      [
        'cache',
        { recorded: false, isSilent: true },
        'B answered nothing itself: it recorded requests, but none of the load. Something in front of it, such as a cache, answered.',
      ],
      [
        'cpu-bound',
        { cpuShare: 0.05 },
        'A spends its time on the CPU (90 % of a request), B waits (5.0 % on the CPU).',
        { cpuShare: 0.9 },
      ],
    ] as const) {
      const found = codes(b, (a ?? {}) as Partial<Fingerprint>);
      assert.deepEqual(found, [{ code, text, isBogus: true }]);
    }
  });

  test('is what is compared, where it is declared', () => {
    const [warning] = codes({ processes: 4 }, {}, ['processes']);
    assert.deepEqual([warning!.code, warning!.isBogus], ['processes', false]);
  });

  test('is not guessed where a side writes no points', () => {
    const silent = { recorded: false, processes: Number.NaN, threads: Number.NaN, slots: Number.NaN };
    const [warning, ...others] = codes(silent);
    assert.deepEqual([warning!.code, warning!.isBogus, others], ['recording', false, []]);
  });
});
