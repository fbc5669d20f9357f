import type { Logger } from '../options/options.ts';

/** A log whose lines are for people: each message as it is, after `prefix`. */
export function logTo(stream: NodeJS.WritableStream, prefix: () => string = () => ''): Logger {
  const write = (_fields: object, message: string) => void stream.write(`${prefix()}${message}\n`);
  return { debug: () => {}, info: () => {}, warn: write, error: write };
}
