import type { Logger } from '../options/options.ts';
import { type Fate, Ledger, type Stats } from '../record/ledger.ts';
import { Exporter, type ExporterOptions } from './exporter.ts';
import type { Lines } from './lines/lines.ts';
import { Report } from './report.ts';

export interface ReportingExporterOptions extends Omit<ExporterOptions, 'spool'> {
  readonly log: Logger;
  /** How the log names the destination. */
  readonly label: string;
  /** What the log calls a line. */
  readonly noun: string;
}

/** An exporter with a ledger and a log of its own: for whoever sends lines and does nothing else with them. */
export class ReportingExporter {
  readonly #ledger = new Ledger();
  readonly #report: Report;
  readonly #exporter: Exporter;

  constructor(options: ReportingExporterOptions) {
    this.#report = new Report({ ...options, stats: () => this.stats() });
    this.#exporter = new Exporter(options, { state: (up, reason) => this.#report.state(up, reason) });
  }

  /** Sends lines; resolves when the fate of each is known. */
  export(lines: Lines): Promise<Fate> {
    this.#ledger.recorded += lines.count;
    return new Promise((resolve) => {
      const settled = (fate: Fate) => {
        this.#ledger.settle(fate);
        const { rejected, dropped, unknown, reason = '' } = fate;
        const lost = rejected + dropped + unknown;
        if (lost > 0) this.#report.lost(lost, reason);
        resolve(fate);
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
  get isHeld(): boolean {
    return this.#exporter.isHeld;
  }

  /** Something else for the log. */
  note(text: string): void {
    this.#report.note(text);
  }

  /** Sends what it can within `timeoutMs`, gives up the rest, and stops. @param patient waits for further attempts */
  async close(timeoutMs: number, patient = false): Promise<void> {
    await (patient ? this.#exporter.drain(timeoutMs) : this.#exporter.finish(timeoutMs));
    this.giveUp();
  }

  /** Gives up what waits, and stops. */
  giveUp(reason?: string): void {
    this.#exporter.close(reason);
    this.#report.end();
  }
}
