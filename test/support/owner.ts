import { after } from 'node:test';

/** Who owns what a helper opens: a test, or `shared()`. It ends with its owner. */
export interface Owner {
  after(end: () => unknown): unknown;
}

/** For what all tests of a file or suite share; to be called where these are declared, for use in `before`. */
export function shared(): Owner {
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => ends.push(end) };
}
