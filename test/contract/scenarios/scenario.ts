import type { Recording } from '../modes.ts';
import type { Framework, Kind } from '../program/application.ts';
import { bodyOf, type Client } from '../visit/client.ts';

type Outcome = 'finished' | 'aborted' | 'upgraded' | 'rejected' | 'unfinished';

/** A field is this, is what the function accepts, or is absent: `null`. */
type Field = string | number | null | ((value: number) => boolean);

/** One point, as the database should hold it. */
export interface Expected {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly fields?: Readonly<Record<string, Field>>;
}

/** One thing that happens to a server, and what is to be found in the database of it. */
export interface Scenario {
  readonly name: string;
  /** Of the request, which no other scenario has. Without one, its points have a method of their own. */
  readonly path: string | undefined;
  /**
   * Who decides how it goes. What Node decides alone is tried in every mode on plain Node, and in one on a framework.
   */
  readonly decidedBy: 'framework' | 'Node';
  /** @default all */
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2';
  /** Whether what the client gets depends on nothing but the application, so that it can be compared. */
  readonly comparable?: boolean;
  /** Does it, and returns what the client got. */
  drive(client: Client, path: string): Promise<string>;
  points(answer: string, mode: Recording, framework: Framework): readonly Expected[];
}

/** The path of a request of a kind, for one scenario. */
export const pathTo = (kind: Kind, item: string): string => `/tenants/42/${kind}/${item}`;

export const routeTo = (kind: Kind): string => `/tenants/:tenant/${kind}/:item`;

/** A request that was answered, with what its client got of the body. */
export function finished(method: string, route: string, status: number, answer: string): Expected {
  return {
    method,
    route,
    status,
    outcome: 'finished',
    fields: { bytes_in: 0, bytes_out: bodyOf(answer).length },
  };
}

/** One that lost its connection after a status was sent; 0 for none. */
export function aborted(route: string, status: number, method = 'GET'): Expected {
  const fields: Expected['fields'] = status === 0 ? { bytes_out: 0, first_byte_time: null } : {};
  return { method, route, status, outcome: 'aborted', fields };
}
