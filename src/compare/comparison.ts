import { cpus } from 'node:os';
import type { KeptRound } from './archive.ts';
import { figureOf, judge, type ValidPair } from './judge.ts';
import { LoadProcess } from './load/load.ts';
import type { Plan, SideName } from './plan/plan.ts';
import { sideReport } from './report/side-report.ts';
import { metricName } from './report/words.ts';
import type { Comparison, VoidRound } from './result.ts';
import { calibrate } from './rounds/calibrate.ts';
import { CORES, governor } from './rounds/machine.ts';
import type { RoundResult } from './rounds/measured.ts';
import { orderOfPair, type Part, sideOf } from './rounds/order.ts';
import { type Equipment, runRound } from './rounds/round.ts';
import { Sink } from './rounds/sink.ts';
import { errorDifference } from './rounds/validity.ts';
import { randomFrom } from './statistics/random.ts';

/** Told what happens, while it happens. */
export interface Progress {
  calibrating(): void;
  /** The rate is known, in a closed loop as undefined: the rounds begin. */
  begins(rate: number | undefined): void;
  round(pair: number, part: Part): void;
  /** A round has ended; it counts, unless there are reasons why it does not. */
  ended(pair: number, part: Part, result: RoundResult): void;
}

/** A round that has ended. */
export type Ended = Pick<KeptRound, 'pair' | 'part' | 'measured' | 'voids'>;

/** Reasons that lie in a side, not in the machine: where the first pairs have them, all will. */
const LASTING = new Set(['errors', 'error-difference', 'not-held', 'points']);
/** So many pairs that are void for such reasons end the run. */
const MAX_LASTING = 2;

/**
 * Runs a comparison: pairs of rounds, each a fresh process under the same load, in random order, A once more in each
 * pair. Ends all that it started, whatever happens.
 *
 * @param signal ends it; what was measured until then is judged
 * @throws {SideError} if a side does not start, ends, or does not hold the rate
 */
export async function compare(
  plan: Plan,
  version: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Comparison> {
  const [load, sink] = [await LoadProcess.start(), await Sink.start()];
  try {
    return await new Run(plan, version, progress, { load, sink, limits: plan.limits, signal }).all();
  } finally {
    load.close();
    sink.close();
  }
}

class Run {
  readonly #plan: Plan;
  readonly #version: string;
  readonly #progress: Progress;
  readonly #equipment: Equipment;
  readonly #ended: Ended[] = [];
  /** Names the run in the tags of its points. */
  readonly #at = new Date().toISOString();

  constructor(plan: Plan, version: string, progress: Progress, equipment: Equipment) {
    this.#plan = plan;
    this.#version = version;
    this.#progress = progress;
    this.#equipment = equipment;
  }

  async all(): Promise<Comparison> {
    const { rounds, limits, seed, load } = this.#plan;
    let rate: number | undefined;
    if (load.loop === 'open') {
      this.#progress.calibrating();
      rate = await calibrate(this.#plan, this.#equipment);
    }
    this.#progress.begins(rate);
    const random = randomFrom(seed);
    const most = rounds + Math.ceil(rounds * limits.repeats);
    let valid = 0;
    let lasting = 0;
    for (let pair = 1; pair <= most && valid < rounds && lasting < MAX_LASTING; pair++) {
      try {
        await this.#pair(pair, rate, orderOfPair(random));
      } catch (error) {
        if (!this.#equipment.signal.aborted) throw error;
        break; // what was measured is kept
      }
      const reasons = reasonsOf(
        this.#ended.filter((round) => round.pair === pair),
        this.#plan,
      );
      if (reasons.length === 0) valid++;
      else if (reasons.some(({ code }) => LASTING.has(code))) lasting++;
    }
    return report(this.#plan, rate, this.#ended, this.#version, this.#at);
  }

  async #pair(pair: number, rate: number | undefined, order: readonly Part[]): Promise<void> {
    const { load, warmUp, seed, sides } = this.#plan;
    // The same requests in the same order for all parts of a pair.
    const orderOfLoad = { ...load, rate: rate ?? 0, warmUp, seed: (seed + pair) >>> 0 };
    for (const part of order) {
      this.#progress.round(pair, part);
      const side = sideOf(part);
      const tags = { run: this.#at, side, round: String(pair) };
      const result = await runRound(sides[side], orderOfLoad, tags, this.#equipment);
      const { measured, voids } = result;
      this.#ended.push({ pair, part, measured, voids });
      this.#progress.ended(pair, part, result);
    }
  }
}

/** Why a pair does not count; empty if it does. */
function reasonsOf(rounds: readonly Ended[], { limits, metric }: Plan): VoidRound[] {
  const reasons = rounds.flatMap(({ pair, part, voids }) =>
    voids.map(({ code, text }) => ({ round: pair, side: part, code, text, reason: text })),
  );
  const [a, b] = (['a', 'b'] as const).map((part) => rounds.find((round) => round.part === part));
  if (reasons.length > 0 || a === undefined || b === undefined) return reasons;
  const unmeasured = rounds.find(({ measured }) => !(figureOf(measured, metric) > 0));
  if (unmeasured !== undefined) {
    const text = `${metricName(metric)} is too small to be measured: use longer rounds`;
    return [{ round: a.pair, side: unmeasured.part, code: 'not-measured', text, reason: text }];
  }
  const apart = errorDifference(a.measured, b.measured, limits);
  return apart === undefined ? [] : [{ round: a.pair, side: 'b', ...apart, reason: apart.text }];
}

/** Judges rounds that have ended. A pair counts when all of its rounds do. */
export function report(
  plan: Plan,
  rate: number | undefined,
  ended: readonly Ended[],
  version: string,
  at: string,
): Comparison {
  const { load, metric, seed, sides, rounds } = plan;
  const numbers = [...new Set(ended.map(({ pair }) => pair))];
  const valid: ValidPair[] = [];
  const voids: VoidRound[] = [];
  for (const number of numbers) {
    const own = ended.filter(({ pair }) => pair === number);
    const of = (part: Part) => own.find((round) => round.part === part)?.measured;
    const [a, b, aAgain] = [of('a'), of('b'), of('a again')];
    if (a === undefined || b === undefined || aAgain === undefined) continue; // interrupted
    const reasons = reasonsOf(own, plan);
    if (reasons.length === 0) valid.push({ round: number, a, b, aAgain });
    voids.push(...reasons);
  }
  const all = (side: SideName) =>
    ended.filter(({ part }) => sideOf(part) === side).map(({ measured }) => measured);
  const [a, b] = [all('a'), all('b')];
  const { pairs, ...judged } = judge(plan, valid, { a, b });
  return {
    schema: 1,
    metric,
    ...judged,
    rounds: { valid: valid.length, planned: rounds, void: voids, pairs },
    sides: { a: sideReport(sides.a, a), b: sideReport(sides.b, b) },
    load: {
      loop: load.loop,
      connections: load.connections,
      duration: load.duration,
      keepAlive: load.keepAlive,
      rate: rate ?? null,
      mix: load.mix.map(({ method, path }) => `${method} ${path}`),
    },
    seed,
    at,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: CORES,
      platform: `${process.platform} ${process.arch}`,
      governor: governor() ?? null,
    },
    version,
  };
}
