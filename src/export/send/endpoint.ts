import type { Destination } from '../../options/options.ts';
import { unitOf } from '../../record/timestamp-units.ts';

/**
 * The address for writes, in a form that can be posted to another thread. A {@link Destination} cannot be posted,
 * since it hides its secret.
 */
export interface Endpoint {
  /** Without credentials, and without a slash at the end. */
  readonly url: string;
  /** Path and query of the write endpoint. */
  readonly writePath: string;
  readonly authorization: string | undefined;
  /** Nothing is sent unless the live view listens there, because another program may have its port. */
  readonly isView: boolean;
}

export function endpointOf({ url, writePath, authorization, isView }: Destination): Endpoint {
  return { url, writePath, authorization, isView: isView === true };
}

/** ns of the unit of the timestamps that are written there. */
export function timestampUnitOf({ writePath }: Endpoint): bigint {
  return unitOf(/[?&]precision=(\w+)/.exec(writePath)?.[1] ?? 'ns') ?? 1n;
}
