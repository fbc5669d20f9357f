import { gzipSync } from 'node:zlib';
import { OPEN_REQUESTS_PATH, type OpenRequests } from '../record/open-requests.ts';
import { unawaited } from '../safety/guard.ts';
import type { Endpoint } from './send/endpoint.ts';
import { createSender, type Sender } from './send/sender.ts';
import { createViewSender } from './send/view-sender.ts';

/**
 * Sends the open requests of this process to the live view. It has no queue: each list replaces the one before, so one
 * that cannot be sent is forgotten.
 */
export class OpenRequestsSender {
  readonly #sender: Sender;
  readonly #tags: Readonly<Record<string, string>>;
  #next: OpenRequests | undefined;
  #sending = false;

  constructor(view: Endpoint, tags: Readonly<Record<string, string>>, timeoutMs: number) {
    const destination = { ...view, writePath: OPEN_REQUESTS_PATH };
    this.#sender = createViewSender(createSender({ destination, timeoutMs }), view.url);
    this.#tags = tags;
  }

  send(open: OpenRequests): void {
    this.#next = open;
    if (!this.#sending) unawaited('the open requests', this.#run());
  }

  close(): void {
    this.#sender.close();
  }

  async #run(): Promise<void> {
    this.#sending = true;
    try {
      for (let open = this.#next; open !== undefined; open = this.#next) {
        this.#next = undefined;
        await this.#sender.send(gzipSync(JSON.stringify({ tags: this.#tags, ...open })));
      }
    } finally {
      this.#sending = false;
    }
  }
}
