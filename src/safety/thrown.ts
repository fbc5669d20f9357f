import { types } from 'node:util';

const LONGEST_MESSAGE = 1000;
const LONGEST_STACK = 8000;

/**
 * What was thrown, as an error that can be logged and sent to another thread: of a name, a message, a stack and a code,
 * and nothing else. Anything can be thrown, also what throws when it is looked at: a revoked Proxy, an error with a
 * getter. Never throws.
 */
export function asError(thrown: unknown): Error {
  if (!types.isNativeError(thrown)) return new Error(`${describe(thrown)} was thrown`);
  const copy: Error & { code?: string } = new Error(text(thrown, 'message', LONGEST_MESSAGE) ?? '');
  const name = text(thrown, 'name', 100) ?? 'Error';
  Object.defineProperty(copy, 'name', { value: name, configurable: true, writable: true, enumerable: false });
  const stack = text(thrown, 'stack', LONGEST_STACK);
  if (stack !== undefined) copy.stack = stack;
  const code = text(thrown, 'code', 100);
  if (code !== undefined) copy.code = code;
  return copy;
}

function text(thrown: Error, name: string, longest: number): string | undefined {
  try {
    const value: unknown = (thrown as unknown as Record<string, unknown>)[name];
    return typeof value === 'string' ? value.slice(0, longest) : undefined;
  } catch {
    return undefined;
  }
}

function describe(thrown: unknown): string {
  switch (typeof thrown) {
    case 'string':
      return `"${thrown.slice(0, LONGEST_MESSAGE)}"`;
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
