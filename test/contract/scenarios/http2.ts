import { once } from 'node:events';
import http2 from 'node:http2';
import { aborted, pathTo, routeTo, type Scenario } from './scenario.ts';

/** Events of HTTP/2 streams. */
export const streams: Scenario[] = [
  {
    name: 'a stream that the client resets before the answer is aborted, without a status',
    path: pathTo('slow', 'reset'),
    decidedBy: 'Node',
    protocol: 'HTTP/2',
    drive: async (client, path) => {
      const stream = client.session.request({ ':path': path });
      stream.on('error', () => {});
      await client.program.arrived(path);
      stream.close(http2.constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
      return '';
    },
    points: () => [aborted(routeTo('slow'), 0)],
  },
  {
    name: 'a stream that the client resets in the middle of the answer is aborted, with its status',
    path: pathTo('raw', 'half'),
    decidedBy: 'Node',
    protocol: 'HTTP/2',
    drive: async (client, path) => {
      const stream = client.session.request({ ':path': path });
      stream.on('error', () => {});
      await once(stream, 'data');
      stream.close(http2.constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
      return '';
    },
    points: () => [aborted(routeTo('raw'), 200)],
  },
  {
    name: 'all streams of a session that is lost are aborted',
    path: pathTo('slow', 'lost'),
    decidedBy: 'Node',
    protocol: 'HTTP/2',
    drive: async (client, path) => {
      for (let i = 0; i < 5; i++) client.session.request({ ':path': path }).on('error', () => {});
      await client.program.arrived(path, 5);
      client.session.destroy();
      return '';
    },
    points: () => Array(5).fill(aborted(routeTo('slow'), 0)),
  },
  {
    name: 'a stream that is open at the end is unfinished',
    path: pathTo('slow', 'unfinished'),
    decidedBy: 'Node',
    protocol: 'HTTP/2',
    drive: async (client, path) => {
      client.session.request({ ':path': path }).on('error', () => {});
      await client.program.arrived(path);
      return '';
    },
    points: () => [{ ...aborted(routeTo('slow'), 0), outcome: 'unfinished' }],
  },
];
