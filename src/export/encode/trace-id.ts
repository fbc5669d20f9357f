/**
 * The trace id in a `traceparent` header; undefined if the header is not valid.
 *
 * W3C Trace Context, section 3.2.2: `version-traceid-parentid-flags` in lower-case hex. Version `ff` and ids of zeros
 * are invalid. Version `00` has nothing after the flags; later versions may.
 */
export function traceId(header: string): string | undefined {
  const match = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/.exec(
    header,
  );
  if (match === null || (match[1] === '00' && match[3] !== undefined)) return undefined;
  return match[2];
}
