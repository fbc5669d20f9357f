import type { Chunk } from '../../../shared/columns.ts';

/** The kinds of requests. Each request is of one kind, so that their counts add up to all. */
export const POPULATIONS = ['answered', 'failed', 'aborted', 'upgraded', 'rejected', 'streams'] as const;
export type PopulationName = (typeof POPULATIONS)[number];

/** Indexes into {@link POPULATIONS}. */
export const Population = {
  /** Only their durations are response times. */
  answered: 0,
  /** Status 5xx. A fast failure would improve the response times. */
  failed: 1,
  /** Aborted or unfinished. */
  aborted: 2,
  /** The duration is that of the connection. */
  upgraded: 3,
  /** Refused before the application saw them. */
  rejected: 4,
  /** Answered, but for most of the time only the body was sent: see {@link isStream}. */
  streams: 5,
} as const;

/** Shorter answers are never streams, s. */
const SHORTEST_STREAM = 1;

/** The population of the requests with these tags. Those of `answered` may be streams: see {@link populationOf}. */
export function populationOfTags({ outcome, status = '' }: Readonly<Record<string, string>>): number {
  if (outcome === 'upgraded') return Population.upgraded;
  if (outcome === 'aborted' || outcome === 'unfinished') return Population.aborted;
  if (outcome === 'rejected') return Population.rejected;
  return /^5\d\d$/.test(status) ? Population.failed : Population.answered;
}

/** @param byTags {@link populationOfTags} by the id of the tag set */
export function populationOf(byTags: Uint8Array, chunk: Chunk, index: number): number {
  const population = byTags[chunk.series[index]!]!;
  return population === Population.answered && isStream(chunk, index) ? Population.streams : population;
}

/**
 * An answer is a stream if it took more than 1 s, and its first byte came within the first half of that. The rest of the
 * time passed while it was sent, such as events, or a large file to a slow client.
 */
export function isStream({ duration, firstByte }: Chunk, index: number): boolean {
  const seconds = duration[index]!;
  // False if the first byte is not known.
  return seconds > SHORTEST_STREAM && firstByte[index]! <= seconds / 2;
}
