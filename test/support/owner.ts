import { after } from 'node:test';

/** The owner of opened resources: a test, or `shared()`. They are closed with their owner. */
export interface Owner {
  after(end: () => unknown): unknown;
}

/** An owner for all tests of a file or suite. Has to be called where the tests are declared, for use in `before`. */
export function shared(): Owner {
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => ends.push(end) };
}
