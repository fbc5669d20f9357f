/** Why nothing can be recorded on this runtime; undefined where it can. */
export function whyUnsupported(runtime: object = globalThis): string | undefined {
  // It is given the browsers' build of the InfluxDB client, which cannot send compressed lines.
  return 'Deno' in runtime ? 'recording nothing, since Deno is not supported' : undefined;
}
