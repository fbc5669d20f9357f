import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What an application can observe of a request, by listening to all of its events. */
export interface Witnessed {
  /** All events of request, response and connection, in order. */
  readonly events: string[];
  /** The number of listeners for each event, when the response is finished or lost. */
  readonly listeners: Record<string, number>;
}

/** Logs all events of a request, until its connection is closed. Has to be called before other listeners are added. */
export function witness(
  req: IncomingMessage,
  res: ServerResponse,
  testify: (witnessed: Witnessed) => void,
): void {
  const events: string[] = [];
  let listeners: Record<string, number> | undefined;
  const all: [name: string, emitter: EventEmitter][] = [
    ['request', req],
    ['response', res],
    ['connection', req.socket],
  ];
  const count = () => {
    const counts: Record<string, number> = {};
    for (const [name, emitter] of all) {
      for (const event of emitter.eventNames()) {
        counts[`${name} ${String(event)}`] = emitter.listenerCount(event);
      }
    }
    return counts;
  };
  for (const [name, emitter] of all) {
    const { emit } = emitter;
    const value = function (this: EventEmitter, event: string | symbol, ...args: unknown[]) {
      events.push(`${name} ${String(event)}`);
      if (emitter === res && (event === 'finish' || event === 'close')) listeners ??= count();
      if (emitter === req.socket && event === 'close') {
        setImmediate(() => testify({ events, listeners: listeners ?? {} }));
      }
      return emit.call(this, event, ...args);
    };
    Object.defineProperty(emitter, 'emit', { value, configurable: true, writable: true });
  }
}
