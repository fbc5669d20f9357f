import type { DeliveryResult } from '../../record/ledger.ts';
import type { Lines } from '../lines/lines.ts';
import type { SpoolFile } from '../spool/spool-index.ts';

/** What lines cost in memory besides their body, on both threads together. */
const OVERHEAD_BYTES = 1024;

/** Told what becomes of the lines that it gave to an exporter. */
export interface ResultListener {
  settled(result: DeliveryResult): void;
  /** They are in this file now. What becomes of them from there is told by `fileSettled`. Without it, they stay in memory. */
  spooled?(file: SpoolFile): void;
}

/** Lines on their way, with what the attempts to send them have come to so far. */
export class PendingWrite {
  readonly lines: Lines;
  readonly listener: ResultListener;
  /** Where they come from, if not from memory. */
  readonly file: SpoolFile | undefined;
  /** What is still to be sent: at first all of it as one part. */
  readonly remaining: Lines[];
  acknowledged = 0;
  rejected = 0;
  /** Given up without a word on whether an earlier attempt stored them. */
  unknown = 0;
  /** An attempt may have stored some of the rest without our knowing. */
  maybeStored: boolean;
  /** Answers after which nothing more of it was stored than before. */
  refusals = 0;
  /** Why some of it was not stored. */
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

  /** Nothing of it has met its result yet. */
  get isWhole(): boolean {
    return this.acknowledged + this.rejected + this.unknown === 0;
  }

  /** Nothing of it has met its result yet, and it may become a file. */
  get isSpoolable(): boolean {
    return this.isWhole && this.file === undefined && this.listener.spooled !== undefined;
  }

  /** What becomes of its lines when no more of it is sent. @param reason why, if some of it was still to be sent */
  result(reason?: string): DeliveryResult {
    const { acknowledged, rejected, unknown, maybeStored } = this;
    const rest = this.lines.count - acknowledged - rejected - unknown;
    const [dropped, given] = maybeStored ? [0, rest] : [rest, 0];
    return { acknowledged, rejected, dropped, unknown: unknown + given, reason: this.reason ?? reason };
  }
}
