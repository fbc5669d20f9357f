import type { Mark } from '../../shared/feed.ts';

/** Shorter blocks of an event loop are in no band, s. */
export const SHORTEST_BLOCK_S = 0.1;

/** A part of the axis of time that explains what is in the plots. */
export interface Band {
  readonly kind: Mark['kind'] | 'silence';
  /** Equal for the same band of another time. */
  readonly id: string;
  /** ms after the base. */
  readonly from: number;
  readonly to: number;
  readonly exact: boolean;
  /** Process, and thread if it is not the main one; empty if it concerns all. */
  readonly group: string;
  readonly process: string;
  /** Duration of a block, s. */
  readonly seconds: number;
  readonly text: string;
}
