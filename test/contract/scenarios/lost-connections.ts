import { requestText } from '../run/client.ts';
import { aborted, finished, pathTo, routeTo, type Scenario } from './scenario.ts';

/** Requests whose connection, or half of it, is lost. */
export const lostConnections: Scenario[] = [
  {
    name: 'a client that leaves before the answer aborts it, without a status',
    path: pathTo('slow', 'left'),
    decidedBy: 'framework',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket } = await client.connect();
      socket.write(requestText('GET', path));
      await client.program.arrived(path);
      socket.destroy();
      return '';
    },
    points: () => [aborted(routeTo('slow'), 0)],
  },
  {
    name: 'a client that leaves in the middle of the answer aborts it, with the status that was sent',
    path: pathTo('raw', 'half'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket, received } = await client.connect();
      socket.write(requestText('GET', path));
      const answer = await received(/the first half/);
      socket.destroy();
      return answer;
    },
    points: () => [{ ...aborted(routeTo('raw'), 200), fields: { bytes_out: 'the first half'.length } }],
  },
  {
    name: 'an answer that the application destroys is aborted',
    path: pathTo('raw', 'destroyed'),
    decidedBy: 'Node',
    drive: (client, path) => client.exchange('GET', path),
    points: () => [aborted(routeTo('raw'), 0)],
  },
  {
    name: 'a handler that is cut by a timeout of the server is aborted',
    path: pathTo('raw', 'timed-out'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: (client, path) => client.exchange('GET', path),
    points: () => [aborted(routeTo('raw'), 0)],
  },
  {
    // Node then closes the connection by default.
    name: 'a client that closes its half before the answer aborts it',
    path: pathTo('raw', 'half-closed'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket, closed } = await client.connect({ allowHalfOpen: true });
      socket.end(requestText('GET', path));
      return closed();
    },
    points: () => [aborted(routeTo('raw'), 0)],
  },
  {
    name: 'a client that closes its half in the middle of the answer aborts it, with the status that was sent',
    path: pathTo('raw', 'half-closed-later'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket, received, closed } = await client.connect({ allowHalfOpen: true });
      socket.write(requestText('GET', path));
      await received(/the first half/);
      socket.end();
      return closed();
    },
    points: () => [{ ...aborted(routeTo('raw'), 200), fields: { bytes_out: 'the first half'.length } }],
  },
  {
    name: 'a client that closes its half is answered where the server allows that',
    path: pathTo('raw', 'half-open'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket, closed } = await client.connect({ allowHalfOpen: true });
      socket.end(requestText('GET', path));
      return closed();
    },
    points: (answer) => [finished('GET', routeTo('raw'), 200, answer)],
  },
];
