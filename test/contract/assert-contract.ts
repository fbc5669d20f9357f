import assert from 'node:assert/strict';
import { type Difference, differences, report } from './differences.ts';
import type { Recording } from './modes.ts';
import type { Framework } from './program/application.ts';
import { type Database, runProgram } from './run/run-program.ts';

/** Fails with a report if a framework does not keep the contract in these modes. */
export async function assertContract(
  framework: Framework,
  modes: readonly Recording[],
  database: Database,
): Promise<void> {
  const bare = await runProgram(framework, 'bare', database);
  const byMode = new Map<Recording, Difference[]>();
  for (const mode of modes) {
    byMode.set(mode, differences(framework, mode, await runProgram(framework, mode, database), bare));
  }
  const text = report(byMode);
  if (text !== '') assert.fail(`${framework.name} does not keep the contract\n${text}`);
}
