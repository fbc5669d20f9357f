/** Bytes of a line, the texts of its fields included. A longer line is refused. */
export const MAX_LINE_BYTES: number = 2 ** 20;
/** Bytes of the measurement and tags of a line together, the same limit as InfluxDB's. */
export const MAX_KEY_BYTES = 65_535;
/** Tags of a line. */
export const MAX_TAGS = 256;
/** Fields of a line that are kept. Further fields are checked only. */
export const MAX_FIELDS = 128;
