import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { RawRequests, Stats } from '../../../src/index.ts';
import { serve } from '../process.ts';
import { type Cpu, cpu } from './cost.ts';
import { type FlushTime, watchFlushes } from './flush-watch.ts';
import { records, type Variant, variants } from './variants.ts';

/** What one server process used between `begin` and `end`, and what it has come to. */
export interface Usage {
  readonly port: number;
  readonly cpu: Cpu;
  /** Resident memory, bytes. */
  readonly rss: number;
  /** Delay of the event loop, ms: only when `--delays` is given. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
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
      variant: { type: 'string', default: 'bare' },
      sink: { type: 'string', default: '' },
      delays: { type: 'boolean', default: false },
    },
  });
  const variant = values.variant as Variant;
  const flushTime = values.delays ? watchFlushes() : undefined;
  const delays = values.delays ? monitorEventLoopDelay({ resolution: RESOLUTION }) : undefined;

  let record: RawRequests | undefined;
  if (records(variant)) {
    const { rawRequests } = await import('../../../src/index.ts');
    record = rawRequests({ url: values.sink, database: 'bench' });
  }
  const server = http.createServer(variants[variant](record!));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  let before = cpu();
  const usage = (): Usage => {
    const after = cpu();
    return {
      port,
      cpu: { main: after.main - before.main, all: after.all - before.all },
      rss: process.memoryUsage.rss(),
      delay: delays && {
        p50: ms(delays.percentile(50)),
        p99: ms(delays.percentile(99)),
        max: ms(delays.max),
      },
      flush: flushTime?.(),
      stats: record?.stats(),
    };
  };

  serve(async (question: 'begin' | 'end'): Promise<Usage> => {
    // What was recorded before belongs to before, what is recorded meanwhile is delivered meanwhile.
    if (question === 'end') delays?.disable();
    await record?.flush();
    const answer = usage();
    if (question === 'begin') {
      before = cpu();
      delays?.reset();
      delays?.enable();
    }
    return answer;
  });
}

function ms(ns: number): number {
  return ns / 1e6 - RESOLUTION;
}
