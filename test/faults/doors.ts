import assert from 'node:assert/strict';
import type { Influxd } from '../../src/cli/demo/place/influxd.ts';
import { assertStored } from './account.ts';
import { type App, type AppOptions, load, startApp, sum } from './app.ts';
import type { Outcome, Scene } from './row.ts';

export interface Both extends Outcome {
  readonly apps: readonly App[];
}

/** The library comes in as middleware, and with `register`: either application answers all, and all of it is stored. */
export async function loadBoth(
  scene: Scene,
  influx: Influxd,
  options: Omit<AppOptions, 'door'>,
  amount: number,
): Promise<Both> {
  const doors = ['middleware', 'register'] as const;
  const apps = await Promise.all(doors.map((door) => startApp(scene, { ...options, door })));
  const loaded = await Promise.all(apps.map((app) => load(app, { amount, rate: 300 })));
  const answered = loaded.reduce((all, one) => all + one.answered, 0);
  await Promise.all(apps.map((app) => app.settled(amount)));
  const samples = apps.flatMap((app) => app.samples());
  const stored = await assertStored(samples, influx);
  assert.equal(stored, answered);
  for (const app of apps) assert.equal((await app.exit()).status, 0);
  return { answered, stored, ledger: sum(samples), apps };
}
