import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Comparison } from '../../src/compare/result.ts';
import { run } from '../support/run.ts';

// Runs `raw-requests compare` on real servers under real load. Rounds are short, and whatever else the machine does is allowed:
// what is tested is what is found, not how precisely.

export const main: string = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
export const app: string = `node ${fileURLToPath(new URL('./compared-server.js', import.meta.url))}`;
export const FLUSH: Readonly<Record<string, string>> = { RAW_REQUESTS_FLUSH_INTERVAL_MS: '50' };

export interface Given {
  readonly a?: Record<string, string>;
  readonly b?: Record<string, string>;
  readonly load?: object;
  /** In place of the sides made of `a` and `b`. */
  readonly sides?: object;
  readonly [key: string]: unknown;
}

/** A file with a plan of two servers that are told what to do by their environment. */
export function planFile(t: TestContext, { a = {}, b = {}, load, sides, ...others }: Given): string {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-compare-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'plan.json');
  const side = (env: Record<string, string>) => ({ command: app, env: { ...FLUSH, ...env } });
  const anyMachine = { others: 1, late: 1, generator: 1 };
  writeFileSync(
    file,
    JSON.stringify({
      a: side(a),
      b: side(b),
      ...sides,
      load: { rate: 30, duration: 0.5, connections: 8, ...load },
      warmUp: 0.1,
      rounds: 1,
      seed: 1,
      limits: anyMachine,
      ...others,
    }),
  );
  return file;
}

export async function compare(t: TestContext, given: Given, ...args: string[]) {
  const { status, stdout, stderr } = await run([main, 'compare', planFile(t, given), '--json', ...args], {});
  const json = () => JSON.parse(stdout) as Comparison;
  return { status, stdout, stderr, json };
}
