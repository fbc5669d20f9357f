import { guarded } from '../../safety/guard.ts';
import { isBun, isStreamOnBun } from './runtime.ts';

export interface BodyEvents {
  sent(bytes: number): void;
  /** The body was read to its end, or is not read any further. */
  ended(isComplete: boolean): void;
}

type Bytes = ReadableStream<Uint8Array>;

const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** If a response is collected, nobody reads its body any more. */
const collected = new FinalizationRegistry<BodyEvents>(
  guarded('a response that nobody reads', (events: BodyEvents) => events.ended(false)),
);

/**
 * Watches the body of a response. Returns the response, with a body that counts itself when it is read. On Bun, which does
 * not read it through its properties, the response is another one if its body is a stream. If it is none, it ends here.
 */
export function watchBody(response: Response, events: BodyEvents, length: string | null): Response {
  if (isBun && !isStreamOnBun(response)) {
    events.sent(Number(length ?? Number.NaN));
    events.ended(true);
    return response;
  }
  if (response.body === null) {
    events.ended(true);
    return response;
  }
  if (isBun) {
    const { status, statusText, headers } = response;
    return new Response(counted(response.body, events), { status, statusText, headers });
  }
  let body: Bytes | undefined;
  const readBody = (): Bytes => {
    body ??= counted(Reflect.get(Object.getPrototypeOf(response), 'body', response), events);
    return body;
  };
  Object.defineProperty(response, 'body', { configurable: true, get: readBody });
  for (const name of READERS) {
    if (!(name in response)) continue;
    const read = () => new Response(readBody(), { headers: response.headers })[name as 'text']();
    Object.defineProperty(response, name, { configurable: true, writable: true, value: read });
  }
  collected.register(response, events);
  return response;
}

/** The same stream, with its bytes counted and its end noticed. It is read no sooner than it was. */
function counted(stream: Bytes, events: BodyEvents): Bytes {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            events.ended(true);
          } else {
            events.sent(value.byteLength);
            controller.enqueue(value);
          }
        } catch (error) {
          events.ended(false);
          controller.error(error);
        }
      },
      async cancel(reason) {
        events.ended(false);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
