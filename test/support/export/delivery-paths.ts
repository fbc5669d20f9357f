// All paths by which lines are delivered. Each sends a hundred lines, and returns their results.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Output } from '../../../src/cli/output.ts';
import { replay } from '../../../src/cli/replay/replay.ts';
import type { Options } from '../../../src/index.ts';
import { startViewer } from '../../../src/view/index.ts';
import { openViewer, resolveViewer, statsOf } from '../../../src/view/server/viewer.ts';
import { temporaryFolder } from '../spooling.ts';
import { until } from '../within.ts';
import { sender } from './sender.ts';

/** Numbered from 1. */
export const LINES = 100;
/** This line has the given text in its field `trace_id`. */
export const MARKED = 42;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const RETRY_DELAYS = { initialMs: 1, maxMs: 4 };

/** The reported results. */
export interface Reported {
  readonly acknowledged: number;
  readonly notStored: number;
  /** Without times, and with the same noun for lines. */
  readonly log: readonly string[];
}

/** Sends all lines to a database of the InfluxDB at `url`. */
export type DeliveryPath = (t: TestContext, url: string, database?: string) => Promise<Reported>;

export const WAYS: Readonly<Record<string, DeliveryPath>> = {
  'the worker': (t, url, database = 'requests') => record(t, { url, database }),
  'the worker, with a live view': async (t, url, database = 'requests') => {
    const viewer = await startViewer({ port: 0 });
    t.after(() => viewer.close());
    return record(t, { url, database, enabled: 'view', viewPort: Number(new URL(viewer.url).port) });
  },
  'view --forward': async (t, url, database = 'requests') => {
    const log: string[] = [];
    const viewer = await openViewer(resolveViewer({ port: 0, forward: url }), {
      say: (text) => log.push(text),
      retryDelays: RETRY_DELAYS,
    });
    t.after(() => viewer.close());
    await fetch(`${viewer.url}/write?db=${database}`, { method: 'POST', body: text() });
    const settled = () => statsOf(viewer).forwarded + statsOf(viewer).failed;
    await until(() => settled() >= LINES, 'all lines are settled');
    await viewer.close();
    const { forwarded, failed } = statsOf(viewer);
    return { acknowledged: forwarded, notStored: failed, log: log.map(asOthersSay) };
  },
  replay: async (t, url, database = 'requests') => {
    const file = join(temporaryFolder(t), 'lines.lp');
    writeFileSync(file, text());
    const [said, log]: [string[], string[]] = [[], []];
    const stream = (lines: string[]) =>
      new Output({ write: (line: string) => lines.push(line) } as never, {});
    await replay(
      [file],
      {},
      {
        env: { INFLUX_URL: url, INFLUX_DATABASE: database },
        out: stream(said),
        err: stream(log),
        retryDelays: RETRY_DELAYS,
      },
    );
    const [, whole, stored, rejected = 0] =
      /(?: {2}(\d+) lines stored| {2}(\d+) of \d+ lines stored, (\d+) rejected)/.exec(said[0]!) ?? [
        said[0],
        0,
        0,
        LINES,
      ];
    return {
      acknowledged: Number(whole ?? stored),
      notStored: Number(rejected),
      log: log.map((line) => asOthersSay(line.trimEnd())),
    };
  },
};

async function record(t: TestContext, options: Options): Promise<Reported> {
  const log: string[] = [];
  const write = (_fields: object, message: string) => void log.push(message);
  const { recorder, request, requestAtOnce } = await sender(t, {
    flushIntervalMs: 60_000,
    logger: { debug: write, info: write, warn: write, error: write },
    ...options,
  });
  await requestAtOnce(MARKED - 1);
  await request(1, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
  await requestAtOnce(LINES - MARKED);
  await until(() => {
    void recorder.flush(); // each call retries at once
    return recorder.stats().queued === 0;
  }, 'all lines are settled');
  await recorder.close();
  const { acknowledged, rejected, dropped, unknown } = recorder.stats();
  return { acknowledged, notStored: rejected + dropped + unknown, log: log.map(asOthersSay) };
}

/** The lines in the style of other programs: with a line feed within a text, comments and blank lines. */
function text(): string {
  const lines = Array.from({ length: LINES }, (_, i) => {
    const marked = i + 1 === MARKED ? `,trace_id="${TRACE_ID}"` : '';
    const at = BigInt(Date.now()) * 1_000_000n + BigInt(i);
    return `# line ${i + 1}\n\nraw-requests,route=/ application_time=0.1,note="one\ntwo",sequence=${i + 1}i${marked} ${at}`;
  });
  return `${lines.join('\n')}\n`;
}

function asOthersSay(line: string): string {
  return line
    .replace(/since \d{4}-\S+Z:/, 'since then:')
    .replace(/\brequest(s?)\b(?!\))/g, 'line$1')
    .replace(/http:\/\/127\.0\.0\.1:\d+/, 'http://database');
}
