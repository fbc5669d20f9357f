import { RequestMetrics } from '../../metrics/request-metrics.ts';
import type { BatchContent } from '../../record/batch.ts';
import { type DeliveryResult, undelivered } from '../../record/ledger.ts';
import type { Point } from '../../record/point.ts';
import { attempt, unawaited } from '../../safety/guard.ts';
import { encodeBatch } from '../encode/encode-batch.ts';
import { encodePoints } from '../encode/encode-points.ts';
import { LineBuffer } from '../encode/line-buffer.ts';
import { Exporter } from '../exporter.ts';
import { compress, type Lines } from '../lines/lines.ts';
import { OpenRequestsSender } from '../open-requests-sender.ts';
import type { ResultListener } from '../queue/pending-write.ts';
import type { Endpoint } from '../send/endpoint.ts';
import { ViewMirror } from '../view-mirror.ts';
import type { DeliverySetup, FromDelivery, ToDelivery } from './protocol.ts';

/** Points of the process are sent as well, but their results are not counted. */
const IGNORE_RESULT: ResultListener = { settled: () => {} };

/**
 * Encodes batches, exports their lines, and reports the results to the main thread. The live view gets a copy. It
 * does not depend on threads: `worker.ts` runs it in a worker thread, and `start-delivery.ts` on the main thread if
 * there can be no worker.
 */
export class Delivery {
  readonly #tags: Readonly<Record<string, string>>;
  readonly #post: (message: FromDelivery) => void;
  readonly #exporter: Exporter;
  readonly #mirror: ViewMirror | undefined;
  #openRequests: OpenRequestsSender | undefined;
  readonly #requestMetrics: RequestMetrics | undefined;
  readonly #buffer = new LineBuffer();

  constructor(setup: DeliverySetup, post: (message: FromDelivery) => void) {
    this.#tags = setup.tags;
    this.#post = post;
    this.#exporter = new Exporter(setup, {
      state: (up, reason) => post({ type: 'state', up, reason }),
      warning: (text) => post({ type: 'warning', text }),
      adopted: (files) => post({ type: 'adopted', files }),
      fileSettled: ({ name, own }, result) => post({ type: 'fileSettled', file: name, own, result }),
      isView: () => this.#watched(setup, setup.destination),
    });
    this.#mirror =
      setup.view && new ViewMirror(setup.view, setup.timeoutMs, (up) => post({ type: 'view', up }));
    const view = setup.view ?? (setup.destination.isView ? setup.destination : undefined);
    if (view !== undefined) this.#watched(setup, view);
    if (setup.requestMetrics) this.#requestMetrics = new RequestMetrics(setup.concurrency);
  }

  receive(message: ToDelivery): void {
    switch (message.type) {
      case 'batch':
        this.#deliver(message.id, message.content);
        break;
      case 'lines':
        this.#exporter.export(message.lines, this.#listener(message.id), true);
        break;
      case 'period':
        this.#send([...(this.#requestMetrics?.points(message.sample) ?? []), ...message.points]);
        break;
      case 'open':
        this.#openRequests?.send(message.open);
        break;
      case 'last':
        this.#send(message.points);
        unawaited('the end of the delivery', this.#finish(message.timeoutMs, true));
        break;
      case 'flush':
        this.#exporter.flush();
        break;
      case 'finish':
        unawaited('the end of the delivery', this.#finish(message.timeoutMs));
        break;
    }
  }

  /** Moves the queue to the spool, if there is one. Blocks the thread. */
  spoolAll(): void {
    this.#exporter.spoolAll(true);
  }

  async #finish(timeoutMs: number, last = false): Promise<void> {
    await Promise.all([this.#exporter.finish(timeoutMs), this.#mirror?.finish(timeoutMs)]);
    this.#post({ type: 'finished', last });
  }

  /** A live view shows the open requests. */
  #watched({ tags, timeoutMs }: DeliverySetup, view: Endpoint): void {
    if (this.#openRequests !== undefined) return;
    this.#openRequests = new OpenRequestsSender(view, tags, timeoutMs);
    this.#post({ type: 'watched' });
  }

  #deliver(id: number, content: BatchContent): void {
    const listener = this.#listener(id);
    let lines: Lines;
    try {
      lines = compress(encodeBatch(content, this.#tags, this.#buffer), content.rows);
    } catch (error) {
      listener.settled(undelivered(content.rows, `cannot be encoded: ${(error as Error).message}`));
      return;
    }
    attempt('the metrics of a batch', () => this.#requestMetrics?.add(content));
    this.#post({ type: 'encoded', id, lines }); // the main thread may reuse the columns from here on
    this.#exporter.export(lines, listener);
    this.#mirror?.send(lines);
  }

  /** Sends points of the process. */
  #send(points: readonly Point[]): void {
    if (points.length === 0) return;
    const lines = compress(Buffer.from(encodePoints(points, this.#tags)), points.length);
    this.#exporter.export(lines, IGNORE_RESULT);
    this.#mirror?.send(lines);
  }

  #listener(id: number): ResultListener {
    return {
      settled: (result: DeliveryResult) => this.#post({ type: 'settled', id, result }),
      spooled: ({ name }) => this.#post({ type: 'spooled', id, file: name }),
    };
  }
}
