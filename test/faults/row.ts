import type { Stats } from '../../src/index.ts';
import { within } from '../support/within.ts';

/** One row of the matrix: a fault, and what it comes to. */
export interface Row {
  readonly number: number;
  readonly fault: string;
  /** Why it cannot be played on this machine, if it cannot. */
  cannotRun?(): string | false;
  /** Not within `npm test`: it cannot be played in a short time. */
  readonly onlyLong?: boolean;
  /** Rejects when the library has not kept what it promises. */
  run(scene: Scene): Promise<Outcome>;
}

/** A row that another test proves. */
export interface ProvenElsewhere {
  readonly number: number;
  readonly fault: string;
  /** Files of `test/`, or a command. */
  readonly by: string;
}

/** What a row plays in. */
export interface Scene {
  /** Within `npm test`: the same fault, for a shorter time or with fewer requests. */
  readonly short: boolean;
  /** How long rows last that can last for any time. */
  readonly minutes: number;
  readonly seed: number;
  /** Runs when the row is over, the last one first. */
  after(cleanUp: () => unknown): void;
}

/** The requests of a row, counted at each place. */
export interface Outcome {
  /** By the client. */
  readonly answered: number;
  /** By the database. */
  readonly stored: number;
  /** By the library. */
  readonly ledger: Stats;
  /** Whatever else the row is about. */
  readonly figures?: string;
}

/** Longer than each of the waits in a row, which say themselves what did not come. */
const SHORT_MS = 100_000;
const LONG_MS = 3_600_000;

/** Runs a row and cleans up after it. */
export async function play(row: Row, options: Omit<Scene, 'after'>): Promise<Outcome> {
  const limitMs = options.short ? SHORT_MS : LONG_MS + options.minutes * 60_000;
  return cleaningUp(row.fault, (after) =>
    within(row.run({ ...options, after }), `${row.fault}: the end of the row`, limitMs),
  );
}

/** Runs something; what it has started is ended when it is over, the last first. */
export async function cleaningUp<T>(what: string, run: (after: Scene['after']) => Promise<T>): Promise<T> {
  const cleanUps: (() => unknown)[] = [];
  try {
    return await run((cleanUp) => void cleanUps.push(cleanUp));
  } finally {
    for (const cleanUp of cleanUps.reverse())
      await within(Promise.resolve(cleanUp()), `${what}: the end of what it has started`);
  }
}
