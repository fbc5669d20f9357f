import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { start } from '../support.ts';
import { astro } from './astro.ts';
import type { Framework } from './framework.ts';
import { nextJs } from './next.ts';
import { nodeApis } from './node-apis.ts';
import { nuxt, nuxt3 } from './nuxt.ts';
import { prepare } from './project.ts';
import { reactRouter } from './react-router.ts';
import { rpc } from './rpc.ts';
import { svelteKit } from './svelte-kit.ts';
import { writeRows } from './table.ts';

// npm run test:frameworks -- next,nuxt --write
// Each framework that people serve with, as npm has it today, under `node --import raw-requests/register`: the route of
// each request. `--write` writes what was seen into docs/where-it-runs.md.

const FRAMEWORKS: readonly Framework[] = [
  ...nextJs,
  nuxt,
  nuxt3,
  ...reactRouter,
  ...svelteKit,
  ...astro,
  ...nodeApis,
  ...rpc,
];

const words = process.argv
  .slice(2)
  .filter((word) => !word.startsWith('--'))
  .flatMap((word) => word.split(','));
const isWanted = ({ name }: Framework) =>
  words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()));
const rows: string[][] = [];

/** What stands in the table, by the routes that were seen. */
function verdict(routes: readonly string[]): string {
  const known = routes.filter((route) => route !== '(unmatched)' && route !== '(static)');
  if (known.some((route) => /[:[{*$]/.test(route))) return 'full template';
  return known.length > 0 ? 'mount only' : '`(unmatched)`';
}

describe('node --import raw-requests/register names the routes of', { timeout: 1_800_000 }, () => {
  for (const framework of FRAMEWORKS.filter(isWanted)) {
    test(framework.name, async (t) => {
      const { folder, node, version } = await prepare(framework);
      const env = { LIBRARY: import.meta.resolve('raw-requests'), ...framework.env };
      const program = await start(t, (port) => [...framework.start(port)], {
        cwd: folder,
        node,
        env,
      });
      const requests = Object.keys(framework.requests).map((line) => line.split(' ') as [string, string]);
      for (const [method, path] of requests) {
        await (await fetch(program.url + path, { method, redirect: 'manual' })).arrayBuffer();
      }
      const points = await program.points();
      assert.equal(points.length, program.seen.length, 'points, for requests that passed the proxy');
      assert.deepEqual(
        Object.fromEntries(points.map((p, i) => [requests[i]!.join(' '), `${p.status} ${p.route}`])),
        framework.requests,
      );
      const { name, note = '' } = framework;
      const [package_] = Object.keys(framework.packages);
      rows.push([
        name,
        `${package_} ${version}`,
        framework.isNamed ? 'by the option `route`' : verdict(points.map(({ route }) => route)),
        exampleOf(points),
        note,
      ]);
    });
  }
});

/** The longest route with a parameter. */
function exampleOf(points: readonly { readonly route: string }[]): string {
  const templates = points.map(({ route }) => route).filter((route) => /[:[{*$]/.test(route));
  const [longest] = templates.sort((a, b) => b.length - a.length);
  return longest === undefined ? '' : `\`${longest}\``;
}

after(() => {
  if (process.argv.includes('--write')) writeRows('frameworks', rows);
});
