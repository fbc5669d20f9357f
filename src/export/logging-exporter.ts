import type { Logger } from '../options/options.ts';
import { type DeliveryResult, Ledger, type Stats } from '../record/ledger.ts';
import { DeliveryLog } from './delivery-log.ts';
import { Exporter, type ExporterOptions } from './exporter.ts';
import type { Lines } from './lines/lines.ts';

export interface LoggingExporterOptions extends Omit<ExporterOptions, 'spool'> {
  readonly log: Logger;
  /** Name of the destination in the log. */
  readonly label: string;
  /** The noun for a line in the log. */
  readonly noun: string;
}

/** An exporter with its own ledger and log, for code that only sends lines. */
export class LoggingExporter {
  readonly #ledger = new Ledger();
  readonly #deliveryLog: DeliveryLog;
  readonly #exporter: Exporter;

  constructor(options: LoggingExporterOptions) {
    this.#deliveryLog = new DeliveryLog({ ...options, stats: () => this.stats() });
    this.#exporter = new Exporter(options, { state: (up, reason) => this.#deliveryLog.state(up, reason) });
  }

  /** Sends lines. Resolves with their result. */
  export(lines: Lines): Promise<DeliveryResult> {
    this.#ledger.recorded += lines.count;
    return new Promise((resolve) => {
      const settled = (result: DeliveryResult) => {
        this.#ledger.settle(result);
        const { rejected, dropped, unknown, reason = '' } = result;
        const lost = rejected + dropped + unknown;
        if (lost > 0) this.#deliveryLog.lost(lost, reason);
        resolve(result);
      };
      this.#exporter.export(lines, { settled });
    });
  }

  stats(): Stats {
    const { recorded, acknowledged, rejected, dropped, unknown } = this.#ledger;
    return this.#ledger.stats(recorded - acknowledged - rejected - dropped - unknown);
  }

  /** Size of the queue in memory. */
  get queuedBytes(): number {
    return this.#exporter.queuedBytes;
  }

  /** The destination answers, and accepts no lines until an operator corrects the cause. */
  get isDenied(): boolean {
    return this.#exporter.isDenied;
  }

  /** Logs another message. */
  note(text: string): void {
    this.#deliveryLog.note(text);
  }

  /** Delivers for at most `timeoutMs`, gives up the rest, and stops. @param keepRetrying waits for further attempts */
  async close(timeoutMs: number, keepRetrying = false): Promise<void> {
    await (keepRetrying ? this.#exporter.drain(timeoutMs) : this.#exporter.finish(timeoutMs));
    this.giveUp();
  }

  /** Gives up the queue, and stops. */
  giveUp(reason?: string): void {
    this.#exporter.close(reason);
    this.#deliveryLog.end();
  }
}
