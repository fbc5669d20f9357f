import type { DeliveryResult } from '../../record/ledger.ts';
import type { Lines } from '../lines/lines.ts';
import type { SpoolFile } from '../spool/spool-index.ts';

/** Memory of a write besides its body, on both threads together. */
const OVERHEAD_BYTES = 1024;

/** Receives the result of lines that were given to an exporter. */
export interface ResultListener {
  settled(result: DeliveryResult): void;
  /**
   * The lines are in this file now, and `fileSettled` reports their result. Without this method, they stay in memory.
   */
  spooled?(file: SpoolFile): void;
}

/** Lines in the queue or in flight, with the results of the attempts so far. */
export class PendingWrite {
  readonly lines: Lines;
  readonly listener: ResultListener;
  /** The file that the lines were read from; undefined if they come from memory. */
  readonly file: SpoolFile | undefined;
  /** The lines that are still to be sent. At first, these are all lines as one element. */
  readonly remaining: Lines[];
  acknowledged = 0;
  rejected = 0;
  /** Lines that were given up after an attempt that may have stored them. */
  unknown = 0;
  /** An attempt may have stored some of the remaining lines. */
  maybeStored: boolean;
  /** The number of responses after which no further line was stored. */
  refusals = 0;
  /** The reason why some lines were not stored. */
  reason: string | undefined;

  constructor(lines: Lines, listener: ResultListener, maybeStored: boolean, file?: SpoolFile) {
    this.lines = lines;
    this.listener = listener;
    this.remaining = [lines];
    this.maybeStored = maybeStored;
    this.file = file;
  }

  get bytes(): number {
    return this.lines.body.byteLength + OVERHEAD_BYTES;
  }

  /** Whether none of its lines has a result yet. */
  get isWhole(): boolean {
    return this.acknowledged + this.rejected + this.unknown === 0;
  }

  /** Whether it can be written to the spool. */
  get isSpoolable(): boolean {
    return this.isWhole && this.file === undefined && this.listener.spooled !== undefined;
  }

  /** The result of all its lines. @param reason the reason if some lines were not sent */
  result(reason?: string): DeliveryResult {
    const { acknowledged, rejected, unknown, maybeStored } = this;
    const rest = this.lines.count - acknowledged - rejected - unknown;
    const [dropped, given] = maybeStored ? [0, rest] : [rest, 0];
    return { acknowledged, rejected, dropped, unknown: unknown + given, reason: this.reason ?? reason };
  }
}
