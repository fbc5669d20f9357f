import fc from 'fast-check';

/** The approximate time of the points, ns since 1970. */
export const BASE = 1_795_337_029_000_535_224n;

const soup = fc.string({
  unit: fc.constantFrom(...'ab\\\\,= "\'\t\r\0é日🦊\u202e\ufeff\u2028…'),
  minLength: 1,
  maxLength: 12,
});
const tagName = fc.oneof(
  fc.constantFrom('method', 'route', 'process', 'status', '__proto__', 'constructor', 'toString', 'start'),
  soup,
);
/** Mostly escaped, and sometimes not, so that special characters make other tags or invalid lines. */
const written = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 6, arbitrary: text.map((plain) => plain.replace(/\\+$/, '').replace(/[,= ]/g, '\\$&') || 'x') },
    { weight: 1, arbitrary: text },
  );
const tags = fc.uniqueArray(
  fc.tuple(written(tagName), written(fc.oneof(soup, fc.constant('x'.repeat(700))))),
  { maxLength: 6, selector: ([name]) => name },
);

const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => `${n}i`),
  fc.constantFrom('-0', '1e300', '-1e300', '1e-300', '315576000', '4294967295i', '"NaN"', 't', '0.5'),
);
const seconds = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.double({ min: 0, max: 3e8, noNaN: true }),
);
const count = fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 48n - 2n }));
const usual = fc.record(
  {
    application_time: seconds.map(String),
    first_byte_time: seconds.map(String),
    queue_time: seconds.map(String),
    bytes_in: count.map((n) => `${n}i`),
    bytes_out: count.map((n) => `${n}i`),
    slot: fc.nat({ max: 2 ** 24 - 1 }).map((n) => `${n}i`),
    in_flight: fc.nat({ max: 2 ** 24 - 1 }).map((n) => `${n}i`),
    connection_requests: fc.nat({ max: 2 ** 32 - 1 }).map((n) => `${n}i`),
    sequence: count.map((n) => `${n}i`),
  },
  { requiredKeys: [] },
);
const fields = fc
  .tuple(
    usual,
    fc.option(fc.tuple(fc.constantFrom('application_time', 'queue_time', 'slot', 'bytes_in'), numberText), {
      freq: 4,
    }),
  )
  .map(([all, odd]) => Object.entries(odd === null ? all : { ...all, [odd[0]]: odd[1] }));
const before = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 9n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 4n * 10n ** 17n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
);
/** Arbitrary points of `raw-requests`: most are requests, some are not, and some are not line protocol. */
export const point = fc.record({ tags, fields, before: fc.option(before), path: fc.option(soup) });
export type Point = typeof point extends fc.Arbitrary<infer T> ? T : never;

export function lineOf({ tags, fields, before, path }: Point, time: bigint): string {
  const written = fields.map(([name, value]) => `${name}=${value}`);
  if (before !== null) written.push(`start_time=${time - before}i`);
  if (path !== null) written.push(`path="${path.replace(/["\\]/g, '\\$&')}"`);
  return `raw-requests${tags.map(([name, value]) => `,${name}=${value}`).join('')} ${written.join()} ${time}\n`;
}
