// A separate file, because `register` loads it without loading anything else.

/** The warning if no destination is set. */
export const NOTHING_RECORDED: string =
  'nothing is recorded, because no destination is set: set INFLUX_URL and INFLUX_DATABASE (or INFLUX_BUCKET), or ' +
  'RAW_REQUESTS=view to see requests live; RAW_REQUESTS=off ends this message';
