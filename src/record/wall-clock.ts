import { now, wallNow } from '../safety/time.ts';
import { ERAS } from './batch.ts';

/** When the wall clock is stepped back by more than this, a new era starts. After a smaller step, timestamps continue from the latest. */
const STEP_NS = 1_000_000_000n;

/**
 * Converts monotonic time to the wall time of points.
 *
 * `Date.now` follows steps and slewing of the system clock, but counts whole milliseconds. The monotonic clock counts
 * nanoseconds, but does not follow the system clock. So this keeps the offset between the two, and `sync()` corrects
 * it, by just enough that the result lies in the millisecond that `Date.now` shows.
 */
export class WallClock {
  /** Wall time minus monotonic time, in ms. */
  #offset: number;
  /** How often the clock was stepped back, modulo {@link ERAS}. */
  era = 0;
  #latest = 0n;
  readonly #monotonic: () => number;
  readonly #wall: () => number;

  constructor(monotonic: () => number = now, wall: () => number = wallNow) {
    this.#monotonic = monotonic;
    this.#wall = wall;
    this.#offset = wall() - monotonic();
  }

  /** Follows the wall clock. Returns true when it was stepped by more than a second. */
  sync(): boolean {
    const shown = this.#wall();
    const reckoned = this.#monotonic() + this.#offset;
    const correction = reckoned < shown ? shown - reckoned : reckoned > shown + 1 ? shown + 1 - reckoned : 0;
    this.#offset += correction;
    return Math.abs(correction) > 1000;
  }

  /**
   * The wall time of the monotonic time `at`, in ns since 1970, and `floor`: the next timestamp must lie at least this
   * many ns after it, so that timestamps increase strictly beyond those that were reserved.
   */
  base(at: number): { wall: bigint; floor: number } {
    const ms = at + this.#offset;
    const whole = Math.floor(ms);
    const wall = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
    const ahead = this.#latest - wall;
    if (ahead < 0n) return { wall, floor: 0 };
    if (ahead <= STEP_NS) return { wall, floor: Number(ahead) + ERAS };
    this.era = (this.era + 1) % ERAS;
    return { wall, floor: 0 };
  }

  /** Marks all timestamps up to `wall` as used. */
  reserve(wall: bigint): void {
    this.#latest = wall;
  }
}
