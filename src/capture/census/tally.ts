import type { EventEmitter } from 'node:events';
import type { Logger, RequestHead } from '../../options/options.ts';
import { guarded } from '../../safety/guard.ts';
import { after } from '../../safety/time.ts';
import { pathOf, targetOf } from '../node/path.ts';

/** The most connections with a difference that are logged, and the most requests of each. */
const MAX_LOGGED = 20;

/** The requests of a connection: those that its client sent, and those that were observed. */
export class Connection {
  readonly #isIgnored: (head: RequestHead) => boolean;
  /** The first requests that were sent, as text. */
  readonly requests: string[] = [];
  sent = 0;
  /** Of those, requests that the option `ignore` leaves out, and invalid ones. They need not be observed. */
  optional = 0;
  observed = 0;
  /** Whether the client has sent a part of a head. Node rejects some of these. */
  isInHead: () => boolean = () => false;

  constructor(isIgnored: (head: RequestHead) => boolean) {
    this.#isIgnored = isIgnored;
  }

  /** @param head that of an invalid request has no method */
  add(head: RequestHead): void {
    this.sent++;
    if (!head.method || this.#isIgnored(head)) this.optional++;
    if (this.requests.length === MAX_LOGGED) return;
    this.requests.push(head.method ? `${head.method} ${pathOf(targetOf(head))}` : 'invalid');
  }

  get differs(): boolean {
    const least = this.sent - this.optional;
    const most = this.sent + (this.isInHead() ? 1 : 0);
    return this.observed < least || this.observed > most;
  }
}

/** The connections of all servers. Each is compared when it has closed, and differences are logged. */
export class Tally {
  readonly #isIgnored: (head: RequestHead) => boolean;
  readonly #log: Logger;
  readonly #open = new Map<object, Connection>();
  readonly #total = { connections: 0, sent: 0, optional: 0, observed: 0, differing: 0 };

  constructor(isIgnored: (head: RequestHead) => boolean, log: Logger) {
    this.#isIgnored = isIgnored;
    this.#log = log;
  }

  /** @param emitter emits `close` when the connection has closed */
  begin(key: object, emitter: EventEmitter): Connection {
    const connection = new Connection(this.#isIgnored);
    this.#open.set(key, connection);
    // Other listeners of `close` end the open requests of the connection.
    const compare = () => after('the check of a connection', 1, () => this.#compare(key, connection));
    emitter.once('close', guarded('the check of a connection', compare));
    return connection;
  }

  observed(key: object | undefined): void {
    const connection = key === undefined ? undefined : this.#open.get(key);
    if (connection !== undefined) connection.observed++;
  }

  /** Compares the connections that are still open, and logs the result. */
  close(): void {
    for (const [key, connection] of this.#open) this.#compare(key, connection);
    const { connections, differing } = this.#total;
    const text = `check: ${connections} connections, ${describe(this.#total)}`;
    if (differing === 0) this.#log.info({}, `${text}; no difference`);
    else this.#log.warn({}, `${text}; connections that differ: ${differing}`);
  }

  #compare(key: object, connection: Connection): void {
    if (!this.#open.delete(key)) return;
    const total = this.#total;
    total.connections++;
    total.sent += connection.sent;
    total.optional += connection.optional;
    total.observed += connection.observed;
    if (!connection.differs || ++total.differing > MAX_LOGGED) return;
    const requests = connection.requests.join(', ');
    this.#log.warn({ requests }, `check: a connection differs: ${describe(connection)}`);
  }
}

function describe({ sent, optional, observed }: Pick<Connection, 'sent' | 'optional' | 'observed'>): string {
  return `${sent} requests sent (${optional} ignored or invalid), ${observed} observed`;
}
