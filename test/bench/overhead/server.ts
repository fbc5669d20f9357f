import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { Stats } from '../../../src/index.ts';
import { serve } from '../process.ts';
import { type Cpu, cpu } from './cost.ts';
import { type FlushTime, watchFlushes } from './flush-watch.ts';
import { type ServerName, servers } from './servers.ts';
import { type VariantName, variants } from './variants.ts';

/** `heap` asks for the use of the heap only, so that the question itself needs little of it. */
export type Question = 'begin' | 'end' | 'heap';

/** What one server process used between `begin` and `end`, and what it has come to. */
export interface Usage {
  readonly port: number;
  /** CPU time from the start of the process until it listened, ms. */
  readonly startMs: number;
  readonly cpu: Cpu;
  /** Bytes. */
  readonly rss: number;
  /** Delay of the event loop, ms. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly flush: FlushTime | undefined;
  /** Of all requests since the process was started. */
  readonly stats: Stats | undefined;
}

// The process under test: one server, one variant, measured from inside.

/** Of the timer that measures the event loop's delay, ms; a delay is what comes on top. */
const RESOLUTION = 1;

if (process.send !== undefined) {
  const { values } = parseArgs({
    options: {
      server: { type: 'string', default: 'node:http' },
      variant: { type: 'string', default: 'bare' },
      sink: { type: 'string', default: '' },
    },
  });
  const [name, variant] = [values.server as ServerName, values.variant as VariantName];
  const flushTime = variant === 'raw-requests' ? watchFlushes() : undefined;
  const server = await servers[name](await variants[variant].parts(name, values.sink));
  const { port } = server.address() as AddressInfo;
  const startMs = cpu().all / 1e6;
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  const recorder = recorderOfProcess();

  let before = cpu();
  const usage = (): Usage => {
    const after = cpu();
    return {
      port,
      startMs,
      cpu: { main: after.main - before.main, all: after.all - before.all },
      rss: process.memoryUsage.rss(),
      delay: {
        p50: ms(delays.percentile(50)),
        p99: ms(delays.percentile(99)),
        max: ms(delays.max),
      },
      flush: flushTime?.(),
      stats: recorder?.stats(),
    };
  };

  serve(async (question: Question): Promise<Usage | number> => {
    if (question === 'heap') return process.memoryUsage().heapUsed;
    // What was recorded before belongs to before, what is recorded meanwhile is delivered meanwhile.
    if (question === 'end') delays.disable();
    await recorder?.flush();
    const answer = usage();
    if (question === 'begin') {
      before = cpu();
      delays.reset();
      delays.enable();
    }
    return answer;
  });
}

interface Recorder {
  flush(): Promise<void>;
  stats(): Stats;
}

/** The recorder of this package, however it was made. */
function recorderOfProcess(): Recorder | undefined {
  const registry = (globalThis as { [key: symbol]: Map<string, { recorder: Recorder }> | undefined })[
    Symbol.for('raw-requests')
  ];
  return registry?.values().next().value?.recorder;
}

function ms(ns: number): number {
  return ns / 1e6 - RESOLUTION;
}
