import assert from 'node:assert/strict';
import { finished, pathTo, routeTo, type Scenario } from './scenario.ts';

/** Requests that are answered. */
export const answers: Scenario[] = [
  {
    name: 'an answer has the full template of its route',
    path: '/tenants/42/items/7',
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('items'), 200, answer)],
  },
  {
    name: 'an error of the handler is a 500 of its route',
    path: pathTo('throws', '7'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('throws'), 500, answer)],
  },
  {
    name: 'what no route matches is one route',
    path: '/nowhere/42',
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', '(unmatched)', 404, answer)],
  },
  {
    name: 'HEAD has no body',
    path: pathTo('items', 'head'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('HEAD', path),
    points: (answer) => [
      { ...finished('HEAD', routeTo('items'), 200, answer), fields: { bytes_in: 0, bytes_out: 0 } },
    ],
  },
  {
    name: '204 has no body',
    path: pathTo('empty', '7'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('empty'), 204, answer)],
  },
  {
    name: '304 has no body',
    path: pathTo('unchanged', '7'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('unchanged'), 304, answer)],
  },
  {
    name: 'a streamed answer has the bytes of its chunks and what frames them',
    path: pathTo('stream', '7'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('stream'), 200, answer)],
  },
  {
    name: 'a compressed answer has the bytes of the wire',
    path: pathTo('raw', 'compressed'),
    decidedBy: 'Node',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('raw'), 200, answer)],
  },
  {
    name: 'an interim answer is none',
    path: pathTo('raw', 'hinted'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => {
      assert.match(answer, /^HTTP\/1.1 103 .*HTTP\/1.1 200 /s);
      return [finished('GET', routeTo('raw'), 200, answer)];
    },
  },
  {
    name: 'an answer that the framework has no part in is as any other',
    path: pathTo('raw', 'hijacked'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('raw'), 202, answer)],
  },
  {
    name: 'an error that the application answers with is finished, also one that Node itself may answer with',
    path: pathTo('raw', 'busy'),
    decidedBy: 'Node',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('raw'), 503, answer)],
  },
  {
    name: 'a status that is set when the head has gone is not the one that was sent',
    path: pathTo('raw', 'late-status'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('raw'), 200, answer)],
  },
  {
    name: 'a status that is set when the head was made, and not yet sent, is not the one that is sent',
    path: pathTo('raw', 'status-after-head'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) => client.exchange('GET', path),
    points: (answer) => [finished('GET', routeTo('raw'), 200, answer)],
  },
];
