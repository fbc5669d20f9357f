import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Hold } from '../../support/cost/hold.ts';
import { LARGE_BODIES } from '../../support/view/large-bodies.ts';
import { number, table } from '../table.ts';

interface Report {
  readonly hold: Hold;
  readonly rss: number;
}

/** How long one body holds the event loop of a live view, in a process of its own for each; returns a table. */
export async function holdCosts(): Promise<string> {
  const rows: string[][] = [];
  for (const [name, make] of Object.entries(LARGE_BODIES)) {
    const text = make();
    const { status, seconds, hold, rss } = await post(text);
    rows.push([
      name,
      number(text.length / 2 ** 20, 1),
      String(status),
      number(seconds, 2),
      number(hold.wall, 0),
      number(hold.cpu, 0),
      number(rss / 1e6, 0),
    ]);
  }
  return table(['a body', 'MiB', 'answer', 'after, s', 'longest hold, ms', 'its CPU, ms', 'rss, MB'], rows);
}

async function post(body: string) {
  const child = fork(fileURLToPath(new URL('../../fixtures/held-viewer.js', import.meta.url)));
  try {
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const tell = async () => {
      child.send('');
      return ((await once(child, 'message')) as [Report])[0];
    };
    const write = async (text: string) => {
      const response = await fetch(`${url}/write?db=requests`, { method: 'POST', body: text });
      await response.arrayBuffer();
      return response.status;
    };
    // What is compiled and allocated once is not the body's.
    for (let i = 0; i < 20; i++) await write('raw-requests,method=GET application_time=1 1\n'.repeat(200));
    await tell();
    const start = performance.now();
    const status = await write(body);
    const seconds = (performance.now() - start) / 1e3;
    const { hold, rss } = await tell();
    return { status, seconds, hold, rss };
  } finally {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await holdCosts());
