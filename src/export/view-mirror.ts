import { Exporter } from './exporter.ts';
import type { Lines } from './lines/lines.ts';
import type { Endpoint } from './send/endpoint.ts';

/** Some hundred thousand requests, for a view that was down for a while. */
const MAX_QUEUE_BYTES = 2 * 2 ** 20;
/** Short delays, because the view is on this machine, and people look at it. */
const RETRY_DELAYS = { initialMs: 250, maxMs: 2000 };
/** The end of the process is not delayed for the view. */
const LAST_MS = 200;
const IGNORE_RESULT = { settled: () => {} };

/**
 * Sends the live view a copy of the lines for a database. A failure of the view does not affect the delivery to the
 * database. The ledger does not count the copies.
 */
export class ViewMirror {
  readonly #exporter: Exporter;

  /** @param state called when the view stops answering, and when it answers again */
  constructor(destination: Endpoint, timeoutMs: number, state: (up: boolean) => void) {
    this.#exporter = new Exporter(
      // The view names the lines that it refuses, so they need not be bisected.
      { destination, timeoutMs, maxQueueBytes: MAX_QUEUE_BYTES, maxRefusals: 1, retryDelays: RETRY_DELAYS },
      { state },
    );
  }

  send(lines: Lines): void {
    this.#exporter.export(lines, IGNORE_RESULT);
  }

  finish(timeoutMs: number): Promise<void> {
    return this.#exporter.finish(Math.min(timeoutMs, LAST_MS));
  }
}
