import assert from 'node:assert/strict';
import { type Difference, differences, report } from './differences.ts';
import type { Recording } from './modes.ts';
import type { Framework } from './program/application.ts';
import { type Database, visit } from './visit/visit.ts';

/** Fails with all that differs, when a framework does not keep the contract in these modes. */
export async function keeps(
  framework: Framework,
  modes: readonly Recording[],
  database: Database,
): Promise<void> {
  const bare = await visit(framework, 'bare', database);
  const byMode = new Map<Recording, Difference[]>();
  for (const mode of modes) {
    byMode.set(mode, differences(framework, mode, await visit(framework, mode, database), bare));
  }
  const text = report(byMode);
  if (text !== '') assert.fail(`${framework.name} does not keep the contract\n${text}`);
}
