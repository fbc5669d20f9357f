import type { Logger } from '../options/options.ts';
import { type DeliveryResult, Ledger, type Stats } from '../record/ledger.ts';
import { DeliveryLog } from './delivery-log.ts';
import { Exporter, type ExporterOptions } from './exporter.ts';
import type { Lines } from './lines/lines.ts';

export interface LoggingExporterOptions extends Omit<ExporterOptions, 'spool'> {
  readonly log: Logger;
  /** How the log names the destination. */
  readonly label: string;
  /** What the log calls a line. */
  readonly noun: string;
}

/** An exporter with a ledger and a log of its own: for whoever sends lines and does nothing else with them. */
export class LoggingExporter {
  readonly #ledger = new Ledger();
  readonly #deliveryLog: DeliveryLog;
  readonly #exporter: Exporter;

  constructor(options: LoggingExporterOptions) {
    this.#deliveryLog = new DeliveryLog({ ...options, stats: () => this.stats() });
    this.#exporter = new Exporter(options, { state: (up, reason) => this.#deliveryLog.state(up, reason) });
  }

  /** Sends lines; resolves when the result of each is known. */
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

  /** What waits in memory. */
  get queuedBytes(): number {
    return this.#exporter.queuedBytes;
  }

  /** The destination is there, and does not take lines until somebody repairs what is wrong. */
  get isDenied(): boolean {
    return this.#exporter.isDenied;
  }

  /** Something else for the log. */
  note(text: string): void {
    this.#deliveryLog.note(text);
  }

  /** Sends what it can within `timeoutMs`, gives up the rest, and stops. @param patient waits for further attempts */
  async close(timeoutMs: number, patient = false): Promise<void> {
    await (patient ? this.#exporter.drain(timeoutMs) : this.#exporter.finish(timeoutMs));
    this.giveUp();
  }

  /** Gives up what waits, and stops. */
  giveUp(reason?: string): void {
    this.#exporter.close(reason);
    this.#deliveryLog.end();
  }
}
