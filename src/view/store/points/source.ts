import { copyOf } from '../../../safety/foreign-text.ts';
import type { Key } from '../line-protocol/key.ts';

/** The most tags of a source. Further tags are ignored. */
export const MAX_TAGS = 16;
/** The most UTF-16 units of a name or value; longer ones are cut. */
export const MAX_NAME_LENGTH = 256;

/** The source of points other than requests: a measurement and its tags. */
export interface Source {
  /** Equal for equal measurements and tags. */
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
