import { Exporter } from './exporter.ts';
import type { Lines } from './lines/lines.ts';
import type { Endpoint } from './send/endpoint.ts';

/** Some hundred thousand requests, for a view that comes back after a while. */
const MAX_QUEUE_BYTES = 2 * 2 ** 20;
/** The view is on this machine: a page that people look at should not wait for long. */
const RETRY_DELAYS = { initialMs: 250, maxMs: 2000 };
/** The process does not end later because of the view. */
const LAST_MS = 200;
const IGNORE_RESULT = { settled: () => {} };

/**
 * Gives the live view a copy of what goes to a database, beside the way there: what the view does or fails to do
 * changes nothing of that. What becomes of the copies is in no ledger.
 */
export class ViewMirror {
  readonly #exporter: Exporter;

  /** @param state told when the view stops answering, and when it answers again */
  constructor(destination: Endpoint, timeoutMs: number, state: (up: boolean) => void) {
    this.#exporter = new Exporter(
      // A view that refuses lines names them: there is nothing to search for.
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
