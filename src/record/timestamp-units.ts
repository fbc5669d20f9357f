/** Units of timestamps, by the names that the parameter `precision` of /write and /api/v2/write has for them; ns. */
const UNITS: Readonly<Record<string, bigint>> = {
  n: 1n,
  ns: 1n,
  u: 1_000n,
  us: 1_000n,
  µ: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds of a precision's unit; `undefined` if there is no such precision. */
export function unitOf(precision: string): bigint | undefined {
  return Object.hasOwn(UNITS, precision) ? UNITS[precision] : undefined;
}
