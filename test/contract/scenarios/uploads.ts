import type { Socket } from 'node:net';
import { requestText, statusOf } from '../run/client.ts';
import { aborted, finished, pathTo, routeTo, type Scenario } from './scenario.ts';

const BODY = 'twelve bytes';
const echoed = (answer: string) => {
  const point = finished('POST', routeTo('echo'), 200, answer);
  return { ...point, fields: { ...point.fields, bytes_in: BODY.length } };
};

/** The client sends only a part of the body, and leaves. Node may respond, which only `register` records. */
function givenUp(name: string, item: string, leave: (socket: Socket) => void, answered = 0): Scenario {
  return {
    name,
    path: pathTo('raw', item),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const { socket } = await client.connect();
      const headers = { 'content-type': 'application/octet-stream', 'content-length': '1000' };
      socket.write(`${requestText('POST', path, headers)}0123456789`);
      await client.program.arrived(path);
      leave(socket);
      return '';
    },
    points: (_answer, mode) => {
      const point = aborted(routeTo('raw'), mode === 'code' ? 0 : answered, 'POST');
      return [{ ...point, fields: { ...point.fields, bytes_in: 10 } }];
    },
  };
}

/** Requests with a body. */
export const uploads: Scenario[] = [
  {
    name: 'a body has the bytes that its length says',
    path: pathTo('echo', 'length'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) =>
      client.exchange('POST', path, { headers: { 'content-type': 'text/plain' }, body: BODY }),
    points: (answer) => [echoed(answer)],
  },
  {
    name: 'a chunked body has the bytes without what frames them',
    path: pathTo('echo', 'chunked'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    comparable: true,
    drive: (client, path) => {
      const headers = {
        'content-type': 'text/plain',
        'transfer-encoding': 'chunked',
        connection: 'close',
        'x-witness': 'yes',
      };
      return client.exchangeRaw(
        `${requestText('POST', path, headers)}7\r\ntwelve \r\n5\r\nbytes\r\n0\r\n\r\n`,
      );
    },
    points: (answer) => [echoed(answer)],
  },
  givenUp('an upload whose client leaves is aborted', 'upload', (socket) => socket.destroy(), 400),
  givenUp('an upload whose connection is reset is aborted', 'upload-reset', (socket) =>
    socket.resetAndDestroy(),
  ),
  {
    // Node answers 408 instead of the application. Without `register`, this is only a closed connection.
    name: 'a body that does not come in time',
    path: pathTo('raw', 'late-body'),
    decidedBy: 'Node',
    protocol: 'HTTP/1.1',
    drive: async (client, path) => {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': '1000' };
      const answer = await client.exchangeRaw(`${requestText('POST', path, headers)}0123456789`);
      return answer;
    },
    points: (answer, mode) =>
      mode === 'code'
        ? [aborted(routeTo('raw'), 0, 'POST')]
        : [{ ...aborted(routeTo('raw'), statusOf(answer), 'POST'), outcome: 'rejected' }],
  },
];
