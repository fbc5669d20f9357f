import { Archive } from '../../../src/compare/archive.ts';
import type { LoadResult } from '../../../src/compare/load/messages.ts';
import { readPlan } from '../../../src/compare/plan/schema.ts';
import { clientFigures, serverFigures } from '../../../src/compare/rounds/figures.ts';
import { PARTS } from '../../../src/compare/rounds/order.ts';
import { Points } from '../../../src/compare/rounds/points.ts';
import { randomFrom } from '../../../src/compare/statistics/random.ts';

export interface KeptRun {
  readonly pairs: number;
  /** Requests of a round. */
  readonly requests: number;
  /** By how much B is slower. */
  readonly slower?: number;
  readonly name?: string;
  readonly route?: string;
  /** The round of A in this pair has answers with an error, and does not count. */
  readonly voidPair?: number;
}

const START_MS = 1_795_000_000_000;
const SECONDS = 5;
const MIX_LENGTH = 1;

/** Keeps a run in a folder as if it had been measured, with requests that are computed. */
export function keepRun(folder: string, run: KeptRun): void {
  const { pairs, requests, slower = 1.5, name = 'node b.js', route = '/items/:id', voidPair } = run;
  const plan = readPlan({
    a: { command: 'node a.js', name: 'node a.js' },
    b: { command: 'node b.js', name },
    rounds: pairs,
    load: { rate: requests / SECONDS, duration: SECONDS },
  });
  const archive = new Archive(folder, plan, '0.0.0');
  const random = randomFrom(7);
  for (let pair = 1; pair <= pairs; pair++) {
    for (const part of PARTS) {
      const startedMs = START_MS + pair * 60_000;
      const factor = (part === 'b' ? slower : 1) * (0.98 + 0.04 * random.next());
      const load = loadOf(requests, startedMs, () => factor * 0.004 * Math.exp(2 * random.next()));
      const written = [{ bytes: linesOf(load, pair, part, route), isZipped: false, precision: 'ms' }];
      const points = new Points();
      for (const body of written) points.add(body);
      const server = serverFigures(points, startedMs);
      const measured = {
        client: clientFigures(load, MIX_LENGTH),
        server,
        points: server?.count,
        errors: 0,
        cpu: 0.001 * requests,
        rss: 60 * 2 ** 20,
        ownCpu: 0.5,
        machine: { busy: 1, stolen: 0, thermal: 0, throttled: 0 },
        system: { programs: ['node v20.20.2'], nodeEnvs: ['(none)'], cpus: ['0-1'] },
        isSilent: false,
        endedProcesses: [],
      };
      const isVoid = pair === voidPair && part === 'a';
      const voids = isVoid
        ? [{ code: 'others', text: 'other programs used 40 % of the machine' } as const]
        : [];
      archive.add(pair, part, plan.load.rate, { measured, voids, load, points, written });
    }
  }
}

function loadOf(requests: number, startedMs: number, time: () => number): LoadResult {
  const due = Float64Array.from({ length: requests }, (_, i) => (i / requests) * SECONDS);
  const service = due.map(() => time());
  return {
    due,
    service,
    latency: service.map((seconds) => seconds + 0.0005),
    status: new Uint16Array(requests).fill(200),
    size: new Float64Array(requests).fill(11),
    request: new Uint16Array(requests),
    sent: requests,
    answered: requests,
    unsent: 0,
    late: 0,
    failures: {},
    connectionsOpened: 8,
    openMost: 8,
    httpVersions: ['1.1'],
    encodings: ['identity'],
    cpu: 0.3,
    seconds: SECONDS,
    startedMs,
    measuredMs: startedMs,
    clockStepMs: 0,
  };
}

/** Its requests as a server writes them, with timestamps in ms. */
function linesOf({ due, service }: LoadResult, pair: number, part: string, route: string): Buffer {
  const side = part === 'b' ? 'b' : 'a';
  const escaped = route.replace(/([,= ])/g, '\\$1');
  const tags = `method=GET,route=${escaped},status=200,outcome=finished,process=host:1,thread=0,run=r1,side=${side},round=${pair}`;
  const lines = Array.from(due, (start, i) => {
    const end = START_MS + pair * 60_000 + Math.ceil((start + service[i]!) * 1000);
    return `raw-requests,${tags},part=${part.length},n=${i % 7} application_time=${service[i]!.toFixed(6)},slot=${1 + (i % 8)}i ${end}`;
  });
  return Buffer.from(lines.join('\n'));
}
