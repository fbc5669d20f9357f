// How long the dashboards' queries take with many requests in their time range, and how much room a request takes on disk.
// `npm run bench:dashboards -- 1000000`, or `-- 1000000 traces` for requests with a trace_id.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Influxd, startInfluxd } from '../../src/cli/demo/place/influxd.ts';
import { dashboards } from '../../src/dashboards/index.ts';
import { ask, interpolate, panelsOf, viewOf, withHidden } from '../support/dashboards/grafana.ts';

const REQUESTS = Number(process.argv[2] ?? 1_000_000);
const TRACES = process.argv[3] === 'traces';
const HOUR_MS = 3_600_000;
const PROCESSES = 4;
const ROUTES = [
  '/',
  '/tenants/:tenant/items/:item',
  '/files/*path',
  '/search',
  '/cart',
  '/report',
  '/login',
  '(unmatched)',
];

/** The same numbers in every run. */
let seed = 1;
const random = () => {
  seed = (seed * 16_807) % 2_147_483_647;
  return seed / 2_147_483_647;
};
const traceId = () =>
  Array.from({ length: 4 }, () =>
    upTo(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
const upTo = (most: number) => Math.floor(random() * most);

async function write(influxd: Influxd, lines: readonly string[]): Promise<void> {
  const response = await fetch(`${influxd.url}/write?db=requests&precision=ns`, {
    method: 'POST',
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(lines.join('\n'), { level: 1 }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** Requests of an hour, evenly, as the encoder writes them. */
async function writeRequests(influxd: Influxd, fromMs: number): Promise<void> {
  const sequences = new Array<number>(PROCESSES).fill(0);
  let lines: string[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const process = upTo(PROCESSES);
    const route = ROUTES[upTo(random() * ROUTES.length)]!;
    const seconds = Math.exp(random() * random() * 7 - 7);
    const status = random() < 0.02 ? 500 : random() < 0.05 ? 404 : 200;
    const outcome = random() < 0.005 ? 'aborted' : 'finished';
    const us = Math.floor(fromMs * 1000 + (i / REQUESTS) * HOUR_MS * 1000);
    const ns = BigInt(us) * 1000n + BigInt(upTo(1000));
    const tags = `hostname=web-${process % 2},method=GET,outcome=${outcome},process=web-${process % 2}:${4000 + process},route=${route},service=shop,status=${status},thread=0,worker=0`;
    const fields = `application_time=${seconds.toFixed(9)},bytes_in=0i,bytes_out=${upTo(20_000)}i,first_byte_time=${(seconds * 0.97).toFixed(9)},in_flight=${1 + upTo(8)}i,sequence=${++sequences[process]!}i,slot=${1 + upTo(8)}i,start_time=${ns - BigInt(Math.round(seconds * 1e9))}i`;
    const trace = TRACES ? `,trace_id="${traceId()}"` : '';
    lines.push(`raw-requests,${tags} ${fields}${trace} ${ns}`);
    if (lines.length === 5000 || i === REQUESTS - 1) {
      await write(influxd, lines);
      lines = [];
    }
  }
}

/** What each process writes once a second besides. */
async function writeMetrics(influxd: Influxd, fromMs: number): Promise<void> {
  for (let at = fromMs; at < fromMs + HOUR_MS; at += 60_000) {
    const lines: string[] = [];
    for (let second = 0; second < 60; second++)
      for (let process = 0; process < PROCESSES; process++) {
        const tags = `hostname=web-${process % 2},process=web-${process % 2}:${4000 + process},service=shop,thread=0,worker=0`;
        const ns = `${at + second * 1000}000000`;
        const count = Math.floor(((at - fromMs) / 1000 + second) * 70);
        lines.push(
          `request-metrics,${tags} application_time=0.02,capacity_utilization=${random()},cpu_system_time=0.1,cpu_user_time=${random()},event_loop_delay_max=0.01,event_loop_delay_p50=0.001,event_loop_delay_p99=0.005,event_loop_utilization=${random()},memory_max_rss=90000000i,memory_rss=8${upTo(1e6)}i,queue_time=0,request_threads_active=8i,request_threads_maximum=8i,request_threads_started=8i,request_throughput=${70 * random()},requests_in_flight=4,server_time=0 ${ns}`,
          ...['0.0', '0.005', '0.01', '0.02', '0.04', '0.08'].map(
            (edge) =>
              `request-metrics,${tags},time_bucket=${edge} application_time_bucket=${upTo(20)}i,daemon_time_bucket=0i,queue_time_bucket=0i,server_time_bucket=0i ${ns}`,
          ),
          ...[1, 2, 3, 4, 5, 6, 7, 8].map(
            (rank) => `request-metrics,${tags},thread_id=${rank} request_threads_bucket=${upTo(20)}i ${ns}`,
          ),
          `process-info,${tags},pid=${4000 + process},process_type=shop cpu=${random() * 100},memory=8${upTo(1e6)}i ${ns}`,
          `delivery,${tags} acknowledged=${count}i,dropped=0i,queued=70i,recorded=${count + 70}i,rejected=0i,spooled=0i,unknown=0i ${ns}`,
        );
      }
    await write(influxd, lines);
  }
}

/** On disk when all is compacted: the folder does not shrink any more. */
async function bytesOnDisk(influxd: Influxd): Promise<number> {
  const measure = () =>
    Number(
      execFileSync('du', ['-s', '-B1', join(influxd.folder, 'data', 'requests')], { encoding: 'utf8' }).split(
        '\t',
      )[0],
    );
  const wal = () =>
    Number(
      execFileSync('du', ['-s', '-B1', join(influxd.folder, 'wal')], { encoding: 'utf8' }).split('\t')[0],
    );
  let before = -1;
  for (let same = 0; same < 4; ) {
    await sleep(3000);
    const now = measure();
    same = now === before && wal() < 100_000 ? same + 1 : 0;
    before = now;
  }
  return before;
}

const influxd = await startInfluxd({
  // Else it waits for four hours without a write.
  config: { data: { 'cache-snapshot-write-cold-duration': '2s', 'compact-full-write-cold-duration': '4s' } },
});
process.once('SIGINT', () => process.exit(1));
try {
  await influxd.query('CREATE DATABASE requests');
  const fromMs = Date.now() - HOUR_MS;
  const start = performance.now();
  await writeRequests(influxd, fromMs);
  console.log(
    `${REQUESTS.toLocaleString('en')} requests written in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  const requestBytes = await bytesOnDisk(influxd);
  console.log(
    `${(requestBytes / REQUESTS).toFixed(1)} bytes on disk per request, ${(requestBytes / 1e6).toFixed(1)} MB in all`,
  );
  await writeMetrics(influxd, fromMs);
  const metricBytes = (await bytesOnDisk(influxd)) - requestBytes;
  const perSecond = metricBytes / (PROCESSES * (HOUR_MS / 1000));
  console.log(`${perSecond.toFixed(1)} bytes on disk per process and second for the other measurements`);

  const view = { fromMs, toMs: fromMs + HOUR_MS };
  for (const [uid, dashboard] of Object.entries(dashboards)) {
    const get = (query: string) => ask(influxd.url, 'requests', query);
    const begin = performance.now();
    const seen = await withHidden(dashboard, view, get);
    const rows: { panel: string; ms: number; rows: number }[] = [
      { panel: '(hidden variables)', ms: Math.round(performance.now() - begin), rows: 0 },
    ];
    for (const panel of panelsOf(dashboard))
      for (const { refId, query } of panel.targets ?? []) {
        const before = performance.now();
        const series = await get(interpolate(dashboard, query, viewOf(seen, panel)));
        const ms = Math.round(performance.now() - before);
        rows.push({
          panel: `${panel.title} ${refId}`,
          ms,
          rows: series.reduce((all, { values }) => all + values.length, 0),
        });
      }
    console.log(`\n${uid}: ${rows.reduce((all, { ms }) => all + ms, 0)} ms, one after the other`);
    console.table(rows);
  }
} finally {
  await influxd.stop();
}
