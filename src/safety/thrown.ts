import { types } from 'node:util';
import { manyLines, oneLine, printable } from './printable.ts';

const LONGEST_NAME = 100;
const LONGEST_MESSAGE = 1000;
const LONGEST_STACK = 8000;

/**
 * What was thrown, as an error that can be logged and sent to another thread: of a name, a message, a stack and a code,
 * and nothing else, each of them printable and without secrets. Anything can be thrown, also what throws when it is
 * looked at: a revoked Proxy, an error with a getter. Never throws.
 */
export function asError(thrown: unknown): Error {
  if (!types.isNativeError(thrown)) return new Error(`${describe(thrown)} was thrown`);
  const written = text(thrown, 'message') ?? '';
  const copy: Error & { code?: string } = new Error(oneLine(written, LONGEST_MESSAGE));
  const name = printable(text(thrown, 'name') ?? 'Error', LONGEST_NAME);
  Object.defineProperty(copy, 'name', { value: name, configurable: true, writable: true, enumerable: false });
  const stack = text(thrown, 'stack');
  if (stack !== undefined) copy.stack = cleanStack(stack, written, copy.message);
  const code = text(thrown, 'code');
  if (code !== undefined) copy.code = printable(code, LONGEST_NAME);
  return copy;
}

/** A message of several lines could pass for frames, or for lines of a log. */
function cleanStack(stack: string, written: string, message: string): string {
  const at = written === '' ? -1 : stack.indexOf(written);
  const text = at === -1 ? stack : stack.slice(0, at) + message + stack.slice(at + written.length);
  return manyLines(text, LONGEST_STACK);
}

function text(thrown: Error, name: string): string | undefined {
  try {
    const value: unknown = (thrown as unknown as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function describe(thrown: unknown): string {
  switch (typeof thrown) {
    case 'string':
      return `"${oneLine(thrown, LONGEST_MESSAGE)}"`;
    case 'object':
      return thrown === null ? 'null' : 'an object that is no error';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      return String(thrown).slice(0, 100);
  }
}
