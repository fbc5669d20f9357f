import { once } from 'node:events';
import http from 'node:http';
import type { TestContext } from 'node:test';
import { startViewer, type Viewer, type ViewerOptions } from '../../../src/view/server/viewer.ts';

export async function viewer(t: TestContext, options: ViewerOptions = {}): Promise<Viewer> {
  const started = await startViewer({ port: 0, ...options });
  t.after(() => started.close());
  return started;
}

export const LINE = 'raw-requests,method=GET,route=/a,status=200 application_time=0.5';

export function post(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

/** A request with headers that `fetch` does not allow. */
export async function ask(url: string, options: http.RequestOptions, body = '') {
  const req = http.request(url, { agent: false, ...options });
  req.end(body);
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of res) text += chunk;
  return { status: res.statusCode, headers: res.headers, text };
}
