import type { LoadResult } from '../load/messages.ts';
import type { SystemFacts } from '../side/inspect.ts';
import type { ClientFigures, ServerFigures } from './figures.ts';
import type { MachineReading } from './machine.ts';
import type { Points } from './points.ts';
import type { Written } from './sink.ts';

/** Why a round does not count. */
export interface VoidReason {
  readonly code:
    | 'errors'
    | 'error-difference'
    | 'not-held'
    | 'points'
    | 'generator'
    | 'late'
    | 'others'
    | 'stolen'
    | 'throttled'
    | 'thermal'
    | 'clock'
    | 'restarted'
    | 'not-measured';
  readonly text: string;
}

/** What is measured of a round. CPU times in s, memory in bytes. */
export interface Measured {
  readonly client: ClientFigures;
  /** Undefined for a side that writes no points. */
  readonly server: ServerFigures | undefined;
  /** Points of all requests of the load, with those of the warm-up; undefined if there are none. */
  readonly points: number | undefined;
  /** It has recorded requests, but none of the load: something else has answered that. */
  readonly isSilent: boolean;
  /** Share of the requests that failed or were answered 400 and above. */
  readonly errors: number;
  /** CPU time of the side in the measured part; undefined where that cannot be read. */
  readonly cpu: number | undefined;
  readonly rss: number | undefined;
  /** CPU time of the comparison itself. */
  readonly ownCpu: number;
  readonly machine: MachineReading;
  readonly system: SystemFacts;
  /** Processes that had answered requests and ended in the round. */
  readonly endedProcesses: readonly string[];
}

export interface RoundResult {
  readonly measured: Measured;
  readonly voids: readonly VoidReason[];
  readonly load: LoadResult;
  readonly points: Points;
  readonly written: readonly Written[];
}
