import { now, wallNow } from '../safety/time.ts';
import { ERAS } from './batch.ts';

/** A step back of the wall clock by more than this starts a new era; anything less is waited out. */
const STEP_NS = 1_000_000_000n;

/**
 * Turns monotonic time into the wall time that points carry.
 *
 * `Date.now` follows steps and slewing of the system's clock but only counts whole milliseconds; the monotonic
 * clock counts nanoseconds but follows nothing. So the offset between the two is kept, and `sync()` corrects it by
 * no more than what brings it back into the millisecond that `Date.now` shows.
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
   * The wall time of the monotonic time `at`, in ns since 1970, and by how many ns the next timestamp must lie
   * after it at least, for timestamps to be strictly increasing: `reserve` says which were given away.
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

  /** Timestamps up to `wall` are given away. */
  reserve(wall: bigint): void {
    this.#latest = wall;
  }
}
