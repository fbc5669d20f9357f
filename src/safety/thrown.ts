import { types } from 'node:util';
import { manyLines, oneLine, printable } from './printable.ts';

const MAX_NAME_LENGTH = 100;
const MAX_MESSAGE_LENGTH = 1000;
const MAX_STACK_LENGTH = 8000;

/**
 * A thrown value as an error that can be logged and sent to another thread. It has only a name, a message, a stack and
 * a code, which are printable and without secrets. Never throws, also not for values that throw when they are read,
 * such as a revoked proxy or an error with a getter.
 */
export function asError(thrown: unknown): Error {
  if (!types.isNativeError(thrown)) return new Error(`${describe(thrown)} was thrown`);
  const written = text(thrown, 'message') ?? '';
  const copy: Error & { code?: string } = new Error(oneLine(written, MAX_MESSAGE_LENGTH));
  const name = printable(text(thrown, 'name') ?? 'Error', MAX_NAME_LENGTH);
  Object.defineProperty(copy, 'name', { value: name, configurable: true, writable: true, enumerable: false });
  const stack = text(thrown, 'stack');
  if (stack !== undefined) copy.stack = cleanStack(stack, written, copy.message);
  const code = text(thrown, 'code');
  if (code !== undefined) copy.code = printable(code, MAX_NAME_LENGTH);
  return copy;
}

/** Replaces the message in the stack by the cleaned one. One of several lines could look like stack frames or log lines. */
function cleanStack(stack: string, written: string, message: string): string {
  const at = written === '' ? -1 : stack.indexOf(written);
  const text = at === -1 ? stack : stack.slice(0, at) + message + stack.slice(at + written.length);
  return manyLines(text, MAX_STACK_LENGTH);
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
      return `"${oneLine(thrown, MAX_MESSAGE_LENGTH)}"`;
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
