// Whether `compare` finds what is there, and nothing else, on this machine: `npm run test:compare`. It takes an hour and a half,
// and needs a quiet machine: rounds in which other programs use more than 15 % of it are void.
//   npm run test:compare -- --only aa,slower --runs 10
//   npm run test:compare -- --busy     any machine, to try the script
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Comparison } from '../../src/compare/result.ts';
import { run } from '../support/run.ts';
import { root } from '../workshop/document.ts';
import { python } from '../workshop/python.ts';
import { app, main } from './comparing.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '40' },
    only: { type: 'string' },
    busy: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
/** A tenth of the runs of A against A may find a difference, and of the slower servers a tenth may be missed. */
const few = Math.max(1, Math.round(runs / 4));

interface Outcome {
  readonly status: number | null;
  readonly result: Comparison;
}

/** What is tried: several times the same, of which so many have to come out as expected. */
interface Trial {
  readonly key: string;
  readonly name: string;
  readonly plan: object;
  readonly times: number;
  /** What has to be seen in a run. */
  readonly expected: string;
  isAsExpected(outcome: Outcome): boolean;
  /** Of all runs. */
  readonly least: number;
}

const server = (env: Record<string, string> = {}) => ({
  command: app,
  env: { RAW_REQUESTS_FLUSH_INTERVAL_MS: '100', ...env },
});

/** About 3 ms of CPU time. */
const HASHES = 1000;
const slower = (share: number) => ({
  a: server({ HASHES: String(HASHES) }),
  b: server({ HASHES: String(Math.round(HASHES * (1 + share))) }),
  load: { rate: 120, duration: 3, connections: 3 }, // so few that no side seems to limit its concurrency
  rounds: 8,
  metric: 'cpu',
});
const twoWorkers = (work: Record<string, string>, differs: readonly string[]) => ({
  a: server(work),
  b: server({ ...work, WORKERS: '2' }),
  load: { loop: 'closed', connections: 8, duration: 1.5 },
  metric: 'throughput',
  differs,
});
const blocked = (load: object) => ({
  a: server(),
  b: server({ BLOCK_MS: '50' }),
  load: { duration: 4, ...load },
  rounds: 8,
});
const DECLARED = ['processes', 'concurrency'];

const isDifference = ({ status, result }: Outcome) => status === 0 && result.verdict === 'difference';
const isBogus = (code: string) => (outcome: Outcome) =>
  outcome.status === 2 && outcome.result.warnings.some((warning) => warning.code === code && warning.isBogus);
const isWorse = (outcome: Outcome) => isDifference(outcome) && outcome.result.ratio!.estimate > 1;

const TRIALS: readonly Trial[] = [
  {
    key: 'aa',
    name: '(a) A against A',
    plan: {
      a: server(),
      b: server(),
      load: { rate: 150, duration: 1, connections: 8 },
      metric: 'p50',
      rounds: 6,
    },
    times: runs,
    expected: 'no difference',
    isAsExpected: ({ status, result }) => status === 0 && result.verdict !== 'difference',
    least: runs - Math.floor(runs / 10),
  },
  {
    key: 'slower',
    name: '(b) 10 % more CPU time',
    plan: slower(0.1),
    times: few,
    expected: 'worse',
    isAsExpected: isWorse,
    least: Math.ceil(0.9 * few),
  },
  {
    key: 'slower',
    name: '(b) 3 % more CPU time',
    plan: slower(0.03),
    times: few,
    expected: 'worse, or less than what would have been shown',
    isAsExpected: (outcome) =>
      isWorse(outcome) ||
      (outcome.result.verdict === 'no difference shown' && outcome.result.detectable! > 1.03),
    least: Math.ceil(0.9 * few),
  },
  ...(['declared', 'not declared'] as const).flatMap((declared): Trial[] => {
    const differs = declared === 'declared' ? DECLARED : [];
    const cpu = { HASHES: String(HASHES) };
    const io = { WAIT_MS: '20' };
    const common = { key: 'workers', times: 1, least: 1 } as const;
    const bogus = { expected: 'not like for like: processes', isAsExpected: isBogus('processes') };
    return [
      {
        ...common,
        name: `(c) one process, two workers, CPU-bound, ${declared}`,
        plan: twoWorkers(cpu, differs),
        ...(differs.length === 0
          ? bogus
          : {
              expected: 'two workers answer more',
              isAsExpected: (outcome) => isDifference(outcome) && outcome.result.ratio!.estimate > 1.1,
            }),
      },
      {
        ...common,
        name: `(c) one process, two workers, I/O-bound, ${declared}`,
        plan: twoWorkers(io, differs),
        ...(differs.length === 0
          ? bogus
          : {
              expected: 'within 5 %',
              isAsExpected: ({ status, result }) =>
                status === 0 && Math.abs(result.ratio!.estimate - 1) < 0.05,
            }),
      },
    ];
  }),
  {
    key: 'keep-alive',
    name: '(d) connections kept, and not',
    plan: { a: server(), b: server({ CLOSE: 'yes' }), load: { rate: 100, duration: 1, connections: 8 } },
    times: 1,
    expected: 'not like for like: keep-alive',
    isAsExpected: isBogus('keep-alive'),
    least: 1,
  },
  {
    key: 'errors',
    name: '(e) answers 500',
    plan: {
      a: server({ WAIT_MS: '20' }),
      b: server({ STATUS: '500' }),
      load: { rate: 50, duration: 1, connections: 8 },
    },
    times: 1,
    expected: 'void: errors; no verdict',
    isAsExpected: ({ status, result }) =>
      status === 3 && result.rounds.valid === 0 && result.rounds.void.some(({ code }) => code === 'errors'),
    least: 1,
  },
  {
    key: 'errors',
    name: '(e) answers 200 with an empty body',
    plan: {
      a: server({ WAIT_MS: '20' }),
      b: server({ BODY: '' }),
      load: { rate: 50, duration: 1, connections: 8 },
    },
    times: 1,
    expected: 'not like for like: sizes',
    isAsExpected: isBogus('sizes'),
    least: 1,
  },
  {
    key: 'blocked',
    name: '(f) event loop blocked for 50 ms a second, open loop',
    plan: blocked({ rate: 100, connections: 32 }),
    times: 1,
    expected: 'worse, p99 at least 3 times',
    isAsExpected: (outcome) => isWorse(outcome) && outcome.result.ratio!.estimate > 3,
    least: 1,
  },
  {
    key: 'blocked',
    name: '(f) the same, closed loop of one connection',
    plan: blocked({ loop: 'closed', connections: 1 }),
    times: 1,
    expected: 'hidden: p99 less than 2 times',
    isAsExpected: ({ status, result }) => status === 0 && result.ratio!.estimate < 2,
    least: 1,
  },
];

/** Servers of Python, which write points as well; as the workshop has them. */
async function pythonTrials(): Promise<Trial[]> {
  const { venv, express, reason } = await python();
  if (venv === undefined) {
    console.log(`(g) is left out: ${reason}`);
    return [];
  }
  const cwd = join(root, 'examples/workshop/python');
  const side = (name: string, command: string) => ({ name, command, cwd, ready: '/' });
  const gunicorn = (options: string) =>
    side(`gunicorn ${options}`, `${venv}/bin/gunicorn ${options} --bind 127.0.0.1:$PORT app:application`);
  const user = process.getuid?.() === 0 ? '--user www-data --group www-data' : '';
  const modWsgi = (options: string) => {
    const start = `${venv}/bin/mod_wsgi-express start-server app.py --port $PORT --log-to-terminal`;
    return side(`mod_wsgi ${options}`, `${start} --processes 1 --threads 5 ${options} ${user}`);
  };
  const common = {
    key: 'python',
    times: 1,
    least: 1,
    // A pair with fewer or more points than answers does not count.
    expected: 'all points there',
    isAsExpected: ({ result }: Outcome) => {
      const { a, b } = result.fingerprint;
      return result.rounds.valid >= 6 && a!.recorded && b!.recorded;
    },
  };
  const load = { loop: 'closed', connections: 8, duration: 1.5 };
  const all = [
    {
      ...common,
      name: '(g) gunicorn, sync against 5 threads',
      plan: { a: gunicorn(''), b: gunicorn('--threads 5'), load, metric: 'throughput' },
    },
    {
      ...common,
      name: '(g) mod_wsgi, daemon against embedded mode',
      // With more connections than threads, the embedded mode resets some.
      plan: {
        a: modWsgi(''),
        b: modWsgi('--embedded-mode'),
        load: { ...load, connections: 4 },
        metric: 'throughput',
      },
    },
  ];
  if (!express) console.log(`(g) is without mod_wsgi: ${reason}`);
  return express ? all : all.slice(0, 1);
}

async function once(plan: object): Promise<Outcome | string> {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-acceptance-'));
  try {
    const file = join(folder, 'plan.json');
    const busy = values.busy ? { limits: { others: 1, late: 1, generator: 1 } } : {};
    writeFileSync(file, JSON.stringify({ warmUp: 0.3, rounds: 6, ...busy, ...plan }));
    const { status, stdout, stderr } = await run([main, 'compare', file, '--json'], {});
    return status === 1 ? stderr : { status, result: JSON.parse(stdout) as Comparison };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shown({ result }: Outcome): string {
  const { verdict, ratio, detectable, rounds } = result;
  const interval =
    ratio && `${ratio.estimate.toFixed(3)} (${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)})`;
  const voids =
    rounds.void.length === 0 ? '' : `; void: ${[...new Set(rounds.void.map(({ code }) => code))]}`;
  return `${verdict} ${interval ?? ''}${detectable ? `, would show ${detectable.toFixed(3)}` : ''}${voids}`;
}

const rows: string[] = [];
const wanted = values.only?.split(',');
const trials = TRIALS.concat(wanted === undefined || wanted.includes('python') ? await pythonTrials() : []);
for (const trial of trials.filter(({ key }) => wanted?.includes(key) ?? true)) {
  const verdicts = new Map<string, number>();
  let met = 0;
  let last = '';
  const start = performance.now();
  for (let i = 1; i <= trial.times; i++) {
    const outcome = await once(trial.plan);
    last = typeof outcome === 'string' ? outcome.trim().split('\n')[0]! : shown(outcome);
    const isMet = typeof outcome !== 'string' && trial.isAsExpected(outcome);
    if (isMet) met++;
    const verdict = typeof outcome === 'string' ? 'failed' : outcome.result.verdict;
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    console.log(
      `${trial.name}, ${i} of ${trial.times}: ${isMet ? 'as expected' : 'NOT AS EXPECTED'}: ${last}`,
    );
  }
  const seconds = ((performance.now() - start) / 1e3 / trial.times).toFixed(0);
  const seen = trial.times === 1 ? last : [...verdicts].map(([name, count]) => `${count} ${name}`).join(', ');
  const isPassed = met >= trial.least;
  if (!isPassed) process.exitCode = 1;
  const cells = [
    trial.name,
    trial.expected,
    `${met} of ${trial.times}, ${trial.least} needed`,
    isPassed ? 'yes' : 'NO',
  ];
  rows.push(`| ${[...cells, seen, `${seconds} s`].join(' | ')} |`);
}
console.log('\n| trial | expected | runs as expected | passed | seen | a run |');
console.log(`| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}`);
