import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { asError } from '../safety/thrown.ts';
import type { Samples } from './load/messages.ts';
import { readSamples, samplesText } from './load/samples-file.ts';
import type { Plan } from './plan/plan.ts';
import { PlanError } from './plan/schema.ts';
import type { Measured, RoundResult, VoidReason } from './rounds/measured.ts';
import { inNanoseconds } from './rounds/nanoseconds.ts';
import type { Part } from './rounds/order.ts';
import { Points } from './rounds/points.ts';

/** What is kept of a run besides its points. */
export interface Kept {
  readonly schema: 1;
  readonly version: string;
  readonly plan: Plan;
  readonly rate: number | undefined;
  readonly at: string;
  readonly rounds: readonly KeptRound[];
}

export interface KeptRound {
  readonly pair: number;
  readonly part: Part;
  readonly measured: Measured;
  readonly voids: readonly VoidReason[];
  /** Wall time at which its measured part began, ms since 1970. */
  readonly measuredMs: number;
  /** The file with its points as they were written: line protocol, gzipped. */
  readonly points: string;
  /** The file with its measured requests as the client saw them: CSV, gzipped. */
  readonly client: string;
}

const FILE = 'comparison.json';
const FAST = { level: constants.Z_BEST_SPEED };

/** Keeps a run in a folder, round by round, so that an interrupted one is kept as far as it came. */
export class Archive {
  readonly #folder: string;
  readonly #head: Omit<Kept, 'rounds' | 'rate'>;
  readonly #rounds: KeptRound[] = [];
  #rate: number | undefined;

  /** @throws if the folder cannot be created */
  constructor(folder: string, plan: Plan, version: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#head = { schema: 1, version, plan, at: new Date().toISOString() };
  }

  add(pair: number, part: Part, rate: number | undefined, result: RoundResult): void {
    const { measured, voids, load, written } = result;
    const name = `pair-${String(pair).padStart(2, '0')}-${part.replace(' ', '-')}`;
    const [points, client] = [`${name}.lp.gz`, `${name}.client.csv.gz`];
    writeFileSync(join(this.#folder, points), gzipSync(inNanoseconds(written), FAST));
    writeFileSync(join(this.#folder, client), gzipSync(samplesText(load), FAST));
    this.#rounds.push({ pair, part, measured, voids, measuredMs: load.measuredMs, points, client });
    this.#rate = rate;
    writeFileSync(join(this.#folder, FILE), `${JSON.stringify(this.kept, undefined, 1)}\n`);
  }

  /** What is kept until now. */
  get kept(): Kept {
    return { ...this.#head, rate: this.#rate, rounds: this.#rounds };
  }
}

/** @throws {PlanError} if there is no run in the folder */
export function readArchive(folder: string): Kept {
  try {
    // JSON has no NaN: it was written as null, which nothing here is.
    const kept = JSON.parse(
      readFileSync(join(folder, FILE), 'utf8'),
      (_, value) => value ?? Number.NaN,
    ) as Kept;
    if (kept.schema !== 1) throw new Error(`expected \`schema\` to be 1, got ${kept.schema}`);
    return kept;
  } catch (error) {
    throw new PlanError(`${folder} holds no kept comparison: ${asError(error).message}`);
  }
}

/** The points of a kept round. */
export function keptPoints(folder: string, { points }: KeptRound): Points {
  const result = new Points();
  const bytes = readFileSync(join(folder, points));
  result.add({ bytes, isZipped: true, precision: 'ns' });
  return result;
}

/** The measured requests of a kept round, as the client saw them. */
export function keptSamples(folder: string, { client }: KeptRound): Samples {
  return readSamples(gunzipSync(readFileSync(join(folder, client))));
}
