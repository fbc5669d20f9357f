import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { asError } from '../safety/thrown.ts';
import type { Plan } from './plan/plan.ts';
import { PlanError } from './plan/schema.ts';
import type { Measured, RoundResult, VoidReason } from './rounds/measured.ts';
import type { Part } from './rounds/order.ts';

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
  /** The file with its points as they were written: line protocol, gzipped. */
  readonly points: string;
}

const FILE = 'comparison.json';

/** Keeps a run in a folder, round by round, so that an interrupted one is kept as far as it came. */
export class Archive {
  readonly #folder: string;
  readonly #head: Omit<Kept, 'rounds' | 'rate'>;
  readonly #rounds: KeptRound[] = [];

  /** @throws if the folder cannot be created */
  constructor(folder: string, plan: Plan, version: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#head = { schema: 1, version, plan, at: new Date().toISOString() };
  }

  add(pair: number, part: Part, rate: number | undefined, { measured, voids, written }: RoundResult): void {
    const points = `pair-${String(pair).padStart(2, '0')}-${part.replace(' ', '-')}.lp.gz`;
    const bodies = written.map(({ bytes, isZipped }) => (isZipped ? bytes : gzipSync(bytes)));
    writeFileSync(join(this.#folder, points), Buffer.concat(bodies)); // members of a gzip file follow each other
    this.#rounds.push({ pair, part, measured, voids, points });
    const kept: Kept = { ...this.#head, rate, rounds: this.#rounds };
    writeFileSync(join(this.#folder, FILE), `${JSON.stringify(kept, undefined, 1)}\n`);
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
