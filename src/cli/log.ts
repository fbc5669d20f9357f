import type { Logger } from '../options/options.ts';
import type { Output } from './output.ts';

/** A log for the terminal: writes `prefix` and the message, without fields. */
export function logTo(out: Output, prefix: () => string = () => ''): Logger {
  const write = (_fields: object, message: string) => out.say(`${prefix()}${message}`);
  return { debug: () => {}, info: () => {}, warn: write, error: write };
}
