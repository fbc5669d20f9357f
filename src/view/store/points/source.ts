import { copyOf } from '../../../safety/foreign-text.ts';
import type { Key } from '../line-protocol/key.ts';

/** Tags that are kept of a source; further ones do not tell it from others. */
const MOST_TAGS = 16;
/** Longer names and values are cut. */
export const LONGEST_NAME = 256;

/** Who writes points that are no requests: a measurement and its tags. */
export interface Source {
  /** The same for the same measurement and tags. */
  readonly id: string;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
}

export function sourceOf(key: Key): Source {
  const measurement = copyOf(key.measurement, LONGEST_NAME);
  const few = key.tags.slice(0, MOST_TAGS);
  const tags = few.map(([name, value]) => [copyOf(name, LONGEST_NAME), copyOf(value, LONGEST_NAME)] as const);
  return { id: JSON.stringify([measurement, tags]), measurement, tags: Object.fromEntries(tags) };
}
