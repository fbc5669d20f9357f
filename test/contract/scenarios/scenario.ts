import type { Recording } from '../modes.ts';
import type { Framework, Kind } from '../program/application.ts';
import { bodyOf, type Client } from '../run/client.ts';

type Outcome = 'finished' | 'aborted' | 'upgraded' | 'rejected' | 'unfinished';

/** The expected value of a field: equal to it, accepted by the function, or absent (`null`). */
type Field = string | number | null | ((value: number) => boolean);

/** An expected point. */
export interface Expected {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly fields?: Readonly<Record<string, Field>>;
}

/** An interaction with a server, and the expected points. */
export interface Scenario {
  readonly name: string;
  /** The unique path of the request. Without one, the points have a unique method. */
  readonly path: string | undefined;
  /**
   * What determines the behaviour. If Node does, the scenario runs in every mode on plain Node, and in one mode on a
   * framework.
   */
  readonly decidedBy: 'framework' | 'Node';
  /** @default all */
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2';
  /** Whether the response depends only on the application, so that it can be compared. */
  readonly comparable?: boolean;
  /** Runs the scenario. Returns what the client received. */
  drive(client: Client, path: string): Promise<string>;
  points(answer: string, mode: Recording, framework: Framework): readonly Expected[];
}

/** The path of a request of a kind, for one scenario. */
export const pathTo = (kind: Kind, item: string): string => `/tenants/42/${kind}/${item}`;

export const routeTo = (kind: Kind): string => `/tenants/:tenant/${kind}/:item`;

/** A finished request, with the size of its body as the client received it. */
export function finished(method: string, route: string, status: number, answer: string): Expected {
  return {
    method,
    route,
    status,
    outcome: 'finished',
    fields: { bytes_in: 0, bytes_out: bodyOf(answer).length },
  };
}

/** A request whose connection was lost after a status was sent; 0 for none. */
export function aborted(route: string, status: number, method = 'GET'): Expected {
  const fields: Expected['fields'] = status === 0 ? { bytes_out: 0, first_byte_time: null } : {};
  return { method, route, status, outcome: 'aborted', fields };
}
