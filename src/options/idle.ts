// A file of its own, because `register` reads it without loading anything else.

/** What is said where nothing is asked for. */
export const NOTHING_RECORDED: string =
  'nothing is recorded, because no destination is set: set INFLUX_URL and INFLUX_DATABASE (or INFLUX_BUCKET), or ' +
  'RAW_REQUESTS=view to see requests live; RAW_REQUESTS=off ends this message';
