import type { Samples } from './messages.ts';

/** The columns of the measured requests, which grow as they come. */
export class Recording {
  #count = 0;
  #due = new Float64Array(1024);
  #latency = new Float64Array(1024);
  #service = new Float64Array(1024);
  #status = new Uint16Array(1024);
  #size = new Float64Array(1024);
  #request = new Uint16Array(1024);

  /** A request is due; returns its row. */
  add(due: number, request: number): number {
    const row = this.#count++;
    if (row === this.#due.length) this.#grow();
    this.#due[row] = due;
    this.#latency[row] = Number.NaN;
    this.#service[row] = Number.NaN;
    this.#request[row] = request;
    return row;
  }

  /** Its response is complete. */
  answered(row: number, latency: number, service: number, status: number, size: number): void {
    this.#latency[row] = latency;
    this.#service[row] = service;
    this.#status[row] = status;
    this.#size[row] = size;
  }

  samples(): Samples {
    const count = this.#count;
    return {
      due: this.#due.slice(0, count),
      latency: this.#latency.slice(0, count),
      service: this.#service.slice(0, count),
      status: this.#status.slice(0, count),
      size: this.#size.slice(0, count),
      request: this.#request.slice(0, count),
    };
  }

  #grow(): void {
    const length = 2 * this.#due.length;
    this.#due = copied(this.#due, new Float64Array(length));
    this.#latency = copied(this.#latency, new Float64Array(length));
    this.#service = copied(this.#service, new Float64Array(length));
    this.#status = copied(this.#status, new Uint16Array(length));
    this.#size = copied(this.#size, new Float64Array(length));
    this.#request = copied(this.#request, new Uint16Array(length));
  }
}

function copied<T extends Float64Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
