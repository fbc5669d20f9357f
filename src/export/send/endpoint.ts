import type { Destination } from '../../options/options.ts';

/** Where lines are sent to, in a form that can be posted to another thread: a {@link Destination} cannot, as it hides its secret. */
export interface Endpoint {
  /** Without credentials, and without a slash at the end. */
  readonly url: string;
  /** Path and query of the write endpoint. */
  readonly writePath: string;
  readonly authorization: string | undefined;
  /** Nothing may be sent there unless it is the live view: another program may have its port. */
  readonly isView: boolean;
}

export function endpointOf({ url, writePath, authorization, isView }: Destination): Endpoint {
  return { url, writePath, authorization, isView: isView === true };
}
