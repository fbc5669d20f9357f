import { randomBytes } from 'node:crypto';
import type { Stats } from '../index.ts';
import { type DemoDatabase, openDatabase } from './demo-database.ts';
import { Progress } from './demo-progress.ts';
import { report } from './demo-report.ts';
import { startSampleApp } from './demo-sample.ts';
import { StoredRun } from './demo-stored.ts';
import { type DemoTools, findDemoTools } from './demo-tools.ts';
import { sendTraffic, type TrafficResult } from './demo-traffic.ts';
import { counted, type Paint, paintFor, seconds } from './text.ts';

/** Options of `raw-requests demo`. */
export interface DemoOptions {
  requests: number;
  connections: number;
  /** Leave the demo's own database up until Ctrl-C. */
  keep?: boolean;
}

/** What each step of the demo needs besides its own matter. */
interface Stage {
  say(text?: string): void;
  paint: Paint;
  signal: AbortSignal;
}

/**
 * Real traffic on a sample app, recorded into a real InfluxDB, which is then asked what it holds.
 * Returns the exit code: 0 only when no request is missing.
 */
export async function demo(given: DemoOptions, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const options = { ...given, connections: Math.min(given.connections, given.requests) };
  const say = (text = '') => void process.stdout.write(`${text}\n`);
  const stage = { say, paint: paintFor(process.stdout, process.env), signal };
  const run = `demo-${randomBytes(4).toString('hex')}`;

  const tools = findDemoTools();
  const title = `${counted(options.requests, 'request')} to a small Express app, each recorded as one point`;
  say(stage.paint.bold(title));
  say();
  const database = await openDatabase(environment(run), say);
  try {
    const stored = new StoredRun(database.target, run);
    const { traffic, ledger } = await makeTraffic(options, tools, database, stage);
    const { complete, verified } = await report(traffic, ledger, stored, say, stage.paint);
    say();
    say(`Done in ${seconds(performance.now() - started)}.`);
    if (verified) await lookFurther(database, stored, options, stage);
    return complete ? 0 : 1;
  } finally {
    await database.close();
  }
}

/** The demo has settings of its own: only the database comes from the user's environment. */
function environment(run: string): NodeJS.ProcessEnv {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('RAW_REQUESTS'));
  return { ...Object.fromEntries(env), RAW_REQUESTS_TAGS: `run=${run}` };
}

async function makeTraffic(
  { requests, connections }: DemoOptions,
  tools: DemoTools,
  { target, own, env }: DemoDatabase,
  { say, paint, signal }: Stage,
): Promise<{ traffic: TrafficResult; ledger: Stats }> {
  signal.throwIfAborted();
  const app = await startSampleApp(tools.express, env);
  say(`  Database  ${target.url}, database "${target.database}"${own ? ', started for this demo' : ''}`);
  say(`  App       ${app.url}, recorded by one line: app.use(rawRequests())`);
  say(`  Traffic   ${counted(connections, 'connection')}, quick and slow routes, a few errors`);
  say();
  const progress = new Progress(requests, process.stdout, paint);
  const over = new AbortController();
  try {
    const sending = sendTraffic({
      autocannon: tools.autocannon,
      url: app.url,
      requests,
      connections,
      onResponse: () => progress.step(),
      signal: AbortSignal.any([signal, over.signal]),
    });
    const traffic = await Promise.race([sending, app.crashed]);
    return { traffic, ledger: await app.finish() };
  } finally {
    over.abort();
    progress.stop();
    app.kill();
  }
}

async function lookFurther(
  { own, target }: DemoDatabase,
  stored: StoredRun,
  { keep }: DemoOptions,
  { say, signal }: Stage,
): Promise<void> {
  if (own && !keep) {
    say('The database goes away now; --keep leaves it up, to be queried or shown in Grafana.');
    return;
  }
  say(`To look further, ask ${target.url}, database "${target.database}":`);
  say(`  ${stored.statement}`);
  if (!own) return;
  say('It stays up until Ctrl-C.');
  await aborted(signal);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const alive = setInterval(() => {}, 60_000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(alive);
}
