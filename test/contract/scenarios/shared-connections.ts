import assert from 'node:assert/strict';
import { TEXT } from '../program/application.ts';
import { requestText } from '../run/client.ts';
import { aborted, type Expected, pathTo, routeTo, type Scenario } from './scenario.ts';

const times = (count: number, point: Expected): Expected[] => Array(count).fill(point);

const item: Expected = {
  method: 'GET',
  route: routeTo('items'),
  status: 200,
  outcome: 'finished',
  fields: { bytes_in: 0, first_byte_time: (value) => value > 0 },
};

/** Several requests on a connection, and long-lived connections. */
export const sharedConnections: Scenario[] = [
  {
    name: '20 requests on one connection are 20 points',
    path: pathTo('items', 'kept'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: async (client, path) => (await client.keepAlive(Array(20).fill(path))).join(),
    points: () => times(20, item),
  },
  {
    name: '20 requests in one write are 20 points',
    path: pathTo('items', 'pipelined'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) =>
      client.exchangeRaw(
        requestText('GET', path).repeat(19) + requestText('GET', path, { connection: 'close' }),
      ),
    points: (answer) => {
      assert.equal(answer.split(TEXT).length - 1, 20);
      return times(20, item);
    },
  },
  {
    name: '10 requests in one write, whose client leaves, are 10 aborted points',
    path: pathTo('slow', 'pipelined'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket } = await client.connect();
      socket.write(requestText('GET', path).repeat(10));
      await client.program.arrived(path, 10);
      socket.destroy();
      return '';
    },
    points: () => times(10, aborted(routeTo('slow'), 0)),
  },
  {
    name: 'a stream of events has the time until it was there, and the time that it lasted',
    path: pathTo('raw', 'events'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket, received } = await client.connect();
      socket.write(requestText('GET', path));
      await received(/established/);
      const established = performance.now();
      await received(/later/);
      const lasted = performance.now() - established;
      socket.destroy();
      return String(lasted / 1000);
    },
    points: (lasted) => [
      {
        ...aborted(routeTo('raw'), 200),
        fields: { lasted: (value) => value >= Number(lasted) - 0.001 },
      },
    ],
  },
];

/** Requests that are still open when the program ends. */
export const leftOpen: Scenario[] = [
  {
    name: 'a request that is open at the end is unfinished',
    path: pathTo('slow', 'unfinished'),
    decidedBy: 'framework',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket } = await client.connect();
      socket.write(requestText('GET', path));
      await client.program.arrived(path);
      return '';
    },
    points: () => [{ ...aborted(routeTo('slow'), 0), outcome: 'unfinished' }],
  },
  {
    name: 'an answer that is open at the end is unfinished, with the status that was sent',
    path: pathTo('raw', 'half-unfinished'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket, received } = await client.connect();
      socket.write(requestText('GET', path));
      return received(/the first half/);
    },
    points: () => [{ ...aborted(routeTo('raw'), 200), outcome: 'unfinished' }],
  },
];
