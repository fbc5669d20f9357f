import { basename } from 'node:path';
import { CliError } from '../cli-error.ts';

/** The name of a process, and its command line, which the process may have changed. */
export interface ProcessNames {
  readonly name: string;
  readonly args: readonly string[];
}

/** Returns the `process_type` of a process; undefined if it is not to be measured. */
export type TypeOf = (process: ProcessNames) => string | undefined;

/**
 * @param names programs, each its own type: `nginx`
 * @param patterns `type=pattern`, where the pattern is a regular expression for the whole command line
 */
export function processTypes(names: readonly string[], patterns: readonly string[]): TypeOf {
  const wanted = new Set(names);
  const types = patterns.map(toPattern);
  if (wanted.size + types.length === 0) {
    throw new CliError(
      'Expected --match or --type to say which processes: for example --match nginx,postgres',
    );
  }
  return ({ name, args }) => {
    const known = [name, ...programsOf(args)].find((candidate) => wanted.has(candidate));
    if (known !== undefined) return known;
    const line = args.join(' ') || name;
    return types.find(({ pattern }) => pattern.test(line))?.type;
  };
}

const INTERPRETER = /^(?:node|bun|deno|python|ruby|perl|php|(?:ba|da|z)?sh)[\d.]*$/;

/** The program and, if it is an interpreter, its script, as in `/usr/bin/python3 /usr/bin/gunicorn`. */
function programsOf([first = '', second = '']: readonly string[]): string[] {
  const program = basename(first);
  return INTERPRETER.test(program) ? [program, basename(second)] : [program];
}

function toPattern(text: string): { type: string; pattern: RegExp } {
  const equals = text.indexOf('=');
  const type = text.slice(0, Math.max(0, equals));
  const source = text.slice(equals + 1);
  if (type === '' || source === '') {
    throw new CliError(`Expected --type to be name=pattern, such as api='node .*/api.js', got ${text}`);
  }
  try {
    return { type, pattern: new RegExp(source) };
  } catch (error) {
    throw new CliError(
      `Expected --type ${type} to have a regular expression as its pattern: ${(error as Error).message}`,
    );
  }
}
