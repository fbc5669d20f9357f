import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, type TestContext, test } from 'node:test';
import { parseArgs } from 'node:util';
import { CATALOG, type Listed, place } from './catalog.ts';
import { writeRows } from './frameworks/table.ts';
import { installed, type Program, start } from './support.ts';

// npm run bench:programs -- hexo,vite --seconds 20 --write
// Each program of the catalog, for a minute alone and with register, under the same requests: how many passed a proxy in front of
// it and how many points there are, its CPU time per request, its memory, and how it ends.

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const words = positionals.flatMap((word) => word.toLowerCase().split(','));
const isWanted = ({ name }: Listed) =>
  words.length === 0 || words.some((word) => name.toLowerCase().includes(word));
const CONNECTIONS = 16;
const rows: string[][] = [];

/** Makes the requests of a program over and over, until the time is over or so many were made. */
async function drive(
  program: Program,
  { requests, body }: Listed,
  seconds: number,
  most: number,
): Promise<number> {
  const lines = Object.keys(requests).map((line) => line.split(' ') as [string, string]);
  const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const deadline = performance.now() + seconds * 1e3;
  let made = 0;
  const visitor = async () => {
    while (made < most && performance.now() < deadline) {
      const [method, path] = lines[made++ % lines.length]!;
      const sent = method === 'GET' ? {} : init;
      await (await fetch(program.url + path, { method, redirect: 'manual', ...sent })).arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, visitor));
  return made;
}

async function run(t: TestContext, listed: Listed, recorded: boolean, seconds: number, most: number) {
  const program = await start(t, (port) => listed.args(port), {
    cwd: place(t, listed),
    env: { RAW_REQUESTS_FLUSH_INTERVAL_MS: '1000' },
    recorded,
  });
  await drive(program, listed, seconds, Object.keys(listed.requests).length * 5); // what is done once
  const before = program.usage();
  const made = await drive(program, listed, seconds, most);
  const { cpuMs, peakMb } = program.usage();
  const points = recorded ? await program.count() : 0;
  const end = await program.end();
  return {
    made,
    seen: program.seen.length,
    points,
    cpuS: (cpuMs - before.cpuMs) / 1e3,
    peakMb,
    end,
  };
}

describe('programs, alone and with register', { timeout: 3_600_000 }, () => {
  for (const listed of CATALOG.filter(isWanted)) {
    test(listed.name, async (t) => {
      const seconds = Number(values.seconds);
      const alone = await run(t, listed, false, seconds, Number.POSITIVE_INFINITY);
      const recorded = await run(t, listed, true, 10 * seconds, alone.made);
      assert.equal(recorded.points, recorded.seen, 'points, for requests that passed the proxy');
      assert.equal(recorded.end, alone.end, 'how it ended');
      rows.push([
        listed.name + versionOf(listed),
        listed.on,
        routeOf(listed),
        `${recorded.seen}, ${recorded.points}`,
        `${alone.cpuS.toFixed(1)}, ${recorded.cpuS.toFixed(1)} s`,
        `${alone.peakMb.toFixed(0)}, ${recorded.peakMb.toFixed(0)} MB`,
        `${alone.end}, ${recorded.end}`,
      ]);
    });
  }
});

/** The longest template of its requests; where it has none, all its routes. */
function routeOf({ requests }: Listed): string {
  const routes = Array.from(new Set(Object.values(requests).map((expected) => expected.slice(4))));
  const [template] = routes.filter((route) => /^\/.*[:[{]/.test(route)).sort((a, b) => b.length - a.length);
  return template === undefined ? routes.map((route) => `\`${route}\``).join(', ') : `\`${template}\``;
}

function versionOf({ package: name }: Listed): string {
  if (name === undefined) return '';
  return ` ${JSON.parse(readFileSync(installed(`${name}/package.json`), 'utf8')).version}`;
}

after(() => {
  console.log(rows.map((cells) => cells.join(' | ')).join('\n'));
  if (values.write) writeRows('programs', rows);
});
