import { randomBytes } from 'node:crypto';
import type { Stats } from '../../index.ts';
import { out } from '../output.ts';
import { paint } from '../paint.ts';
import { counted, seconds } from '../text.ts';
import { openDatabase, openOwn } from './place/database.ts';
import type { DemoPlace } from './place/place.ts';
import { openView } from './place/view.ts';
import { Progress } from './progress.ts';
import { report } from './report.ts';
import { startSampleApp } from './sample.ts';
import { type DemoTools, findDemoTools } from './tools.ts';
import { sendTraffic, type TrafficResult } from './traffic.ts';

/** Options of `raw-requests demo`. */
export interface DemoOptions {
  requests: number;
  connections: number;
  /** Write to a private InfluxDB. */
  influxdb?: boolean;
  /** Keep the view or the private database running until Ctrl-C. On a terminal, the view is always kept. */
  keep?: boolean;
}

/** The output and the abort signal, which every step of the demo needs. */
interface Stage {
  say(text?: string): void;
  signal: AbortSignal;
}

/**
 * Sends real traffic to a sample app, records it into a live view or a real InfluxDB, and counts the points there.
 *
 * @returns the exit code: 0 only if no request is missing
 */
export async function demo(given: DemoOptions, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const options = { ...given, connections: Math.min(given.connections, given.requests) };
  const say = (text?: string) => out.say(text);
  const stage = { say, signal };
  const run = `demo-${randomBytes(4).toString('hex')}`;

  const tools = findDemoTools();
  const place = await choosePlace(options, run, say);
  try {
    if (place.page !== undefined) say(`raw-requests: live view at ${paint.bold(place.page)}`);
    const title = `${counted(options.requests, 'request')} to a small Express app, each recorded as one point`;
    say(paint.bold(title));
    say();
    const { traffic, ledger } = await makeTraffic(options, tools, place, stage);
    const { complete, verified } = await report(traffic, ledger, place.stored, say);
    say();
    say(`Done in ${seconds(performance.now() - started)}.`);
    if (verified) await lookFurther(place, options, stage);
    return complete ? 0 : 1;
  } finally {
    await place.close();
  }
}

/** A private InfluxDB if the option says so, else the InfluxDB of the environment, else a live view. */
async function choosePlace(
  { influxdb, requests }: DemoOptions,
  run: string,
  say: (text: string) => void,
): Promise<DemoPlace> {
  const env = environment(run);
  if (influxdb) return openOwn(env, run, say);
  return (await openDatabase(env, run)) ?? (await openView(env, run, requests));
}

/** The environment of the sample app. Only the database is taken from the user's environment. */
function environment(run: string): NodeJS.ProcessEnv {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('RAW_REQUESTS'));
  return { ...Object.fromEntries(env), RAW_REQUESTS_TAGS: `run=${run}` };
}

async function makeTraffic(
  { requests, connections }: DemoOptions,
  tools: DemoTools,
  { label, env }: DemoPlace,
  { say, signal }: Stage,
): Promise<{ traffic: TrafficResult; ledger: Stats }> {
  signal.throwIfAborted();
  const app = await startSampleApp(tools.express, env);
  say(`  ${label}`);
  say(`  App       ${app.url}, recorded by one line: app.use(rawRequests())`);
  say(`  Traffic   ${counted(connections, 'connection')}, quick and slow routes, a few errors`);
  say();
  const progress = new Progress(requests, out);
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
  { page, query }: DemoPlace,
  { keep }: DemoOptions,
  { say, signal }: Stage,
): Promise<void> {
  if (page !== undefined) {
    // Without a terminal, nobody sees the address or presses Ctrl-C.
    if (!keep && (!out.isTerminal || process.env.CI)) return;
    say(`All of them are in the live view at ${page}, until Ctrl-C.`);
    await aborted(signal);
    return;
  }
  if (query === undefined) return;
  if (query.own && !keep) {
    say('The database is stopped and removed now. With --keep, it keeps running, for queries and Grafana.');
    return;
  }
  say(`To look further, query ${query.at}:`);
  say(`  ${query.statement}`);
  if (!query.own) return;
  say('It keeps running until Ctrl-C.');
  await aborted(signal);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const alive = setInterval(() => {}, 60_000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(alive);
}
