import { copyOf } from '../../../safety/foreign-text.ts';
import type { Key } from '../line-protocol/key.ts';

/** Tags that are kept of a source; further ones do not tell it from others. */
const MAX_TAGS = 16;
/** Longer names and values are cut. */
export const MAX_NAME_LENGTH = 256;

/** Who writes points that are no requests: a measurement and its tags. */
export interface Source {
  /** The same for the same measurement and tags. */
  readonly id: string;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
}

export function sourceOf(key: Key): Source {
  const measurement = copyOf(key.measurement, MAX_NAME_LENGTH);
  const few = key.tags.slice(0, MAX_TAGS);
  const tags = few.map(
    ([name, value]) => [copyOf(name, MAX_NAME_LENGTH), copyOf(value, MAX_NAME_LENGTH)] as const,
  );
  return { id: JSON.stringify([measurement, tags]), measurement, tags: Object.fromEntries(tags) };
}
