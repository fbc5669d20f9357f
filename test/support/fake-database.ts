import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';

/** A write as received. */
export interface RawWrite {
  readonly path: string;
  readonly authorization: string | undefined;
  /** Line protocol. */
  readonly body: string;
}

export interface FakeDatabase {
  readonly url: string;
  /** Bodies that were answered with 204. */
  readonly bodies: string[];
  /** Paths of all writes. */
  readonly paths: string[];
  readonly authorizations: (string | undefined)[];
  /** Handles a write. `undefined` stores it with 204. */
  answer: ((write: RawWrite, res: http.ServerResponse) => unknown) | undefined;
}

/** A scriptable server that accepts any text, for lines that the parser of the tests refuses. */
export async function fakeDatabase(t: Pick<TestContext, 'after'>): Promise<FakeDatabase> {
  const server = http.createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const body = (req.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
    const { authorization } = req.headers;
    fake.paths.push(req.url!);
    fake.authorizations.push(authorization);
    res.once('finish', () => {
      if (res.statusCode === 204) fake.bodies.push(body);
    });
    if (fake.answer === undefined) res.writeHead(204).end();
    else fake.answer({ path: req.url!, authorization, body }, res);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const fake: FakeDatabase = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: [],
    paths: [],
    authorizations: [],
    answer: undefined,
  };
  return fake;
}
