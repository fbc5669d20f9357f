import { setTimeout as sleep } from 'node:timers/promises';
import { startInfluxd } from '../../src/cli/demo/place/influxd.ts';
import { type Dashboard, dashboards } from '../../src/dashboards/index.ts';
import {
  ask,
  interpolate,
  type Series,
  type View,
  viewOf,
  withHidden,
} from '../support/dashboards/grafana.ts';
import { openShop } from '../support/dashboards/shop.ts';

/** What each query of a dashboard was answered, by `panel id / refId`. */
export interface Answered {
  readonly dashboard: Dashboard;
  readonly view: View;
  readonly answers: Readonly<Record<string, readonly Series[]>>;
}

/** Load in steps, requests a second and process, each for so many seconds. */
const STEPS: readonly (readonly [seconds: number, rate: number])[] = [
  [30, 40],
  [40, 120],
  [40, 200],
  [30, 60],
];
/** In the third of them, the database stands still for so long. */
const STILL_MS = 8000;

/** Real traffic on three processes, recorded in a real InfluxDB, and what the dashboards' queries are answered. */
export async function collect(): Promise<Answered[]> {
  const influxd = await startInfluxd();
  try {
    await influxd.query('CREATE DATABASE requests');
    const shop = await openShop(influxd.url, ['shop', 'shop', 'cart']);
    const fromMs = Date.now() - 1000;
    for (const [i, [seconds, rate]] of STEPS.entries()) {
      const traffic = shop.traffic(seconds, rate);
      if (i === 2) {
        await sleep(10_000);
        await influxd.kill('SIGSTOP');
        await sleep(STILL_MS);
        await influxd.kill('SIGCONT');
      }
      await traffic;
    }
    await sleep(3000);
    const view = { fromMs, toMs: Date.now() - 3000, maxDataPoints: 600 };
    const get = (query: string) => ask(influxd.url, 'requests', query);
    const all: Answered[] = [];
    for (const dashboard of Object.values(dashboards)) {
      const seen = await withHidden(dashboard, view, get);
      const answers: Record<string, Series[]> = {};
      for (const panel of dashboard.panels)
        for (const { refId, query } of panel.targets ?? [])
          answers[`${panel.id} / ${refId}`] = await get(interpolate(dashboard, query, viewOf(seen, panel)));
      all.push({ dashboard, view: seen, answers });
    }
    await shop.finish();
    return all;
  } finally {
    await influxd.stop();
  }
}
