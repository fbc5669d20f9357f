/** The reason why this runtime is not supported; undefined if it is. */
export function whyUnsupported(runtime: object = globalThis): string | undefined {
  // Deno loads the browser build of the InfluxDB client, which cannot send compressed lines.
  return 'Deno' in runtime ? 'recording nothing, since Deno is not supported' : undefined;
}
