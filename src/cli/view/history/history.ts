import type { Store } from '../../../view/store/store.ts';

/** Parsed at a time, between which pages and writers are answered. */
const BODY_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/** Writes lines of line protocol into a store, and lets other work of this thread be done in between. */
export class StoreWriter {
  readonly #store: Store;
  #rest: Buffer[] = [];
  #bytes = 0;
  refused = 0;
  problem: string | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param bytes lines, of which the last one may be incomplete */
  async write(bytes: Uint8Array): Promise<void> {
    this.#rest.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#bytes += bytes.byteLength;
    if (this.#bytes < BODY_BYTES) return;
    const joined = Buffer.concat(this.#rest);
    const end = joined.lastIndexOf(NEWLINE) + 1;
    this.#rest = [joined.subarray(end)];
    this.#bytes = joined.length - end;
    this.#parse(joined.subarray(0, end));
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Writes the last line. */
  end(): void {
    this.#parse(Buffer.concat(this.#rest));
    this.#rest = [];
    this.#bytes = 0;
  }

  #parse(body: Uint8Array): void {
    const { refused, problems } = this.#store.write(body, 1n);
    this.refused += refused;
    this.problem ??= problems[0];
  }
}
