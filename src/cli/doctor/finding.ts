import { oneLine, printable } from '../../safety/printable.ts';

const MAX_TEXT_LENGTH = 1000;

/** `skipped`: the check was not possible, which is not an error. */
export type Level = 'fine' | 'warning' | 'broken' | 'skipped';

/** The result of a check. Its texts are made printable, since parts of them come from a server. */
export interface Finding {
  /** The name of the check. */
  check: string;
  level: Level;
  text: string;
  /** Advice, in words. */
  next?: string;
  /** Advice, as a shell command. */
  command?: string;
  /** Further lines, such as the settings. */
  details?: string[];
}

type Advice = Pick<Finding, 'next' | 'command'>;

export function fine(check: string, text: string): Finding {
  return { check, level: 'fine', text: clean(text) };
}

export function skipped(check: string, text: string): Finding {
  return { check, level: 'skipped', text: clean(text) };
}

export function warning(check: string, text: string, next: string, command?: string): Finding {
  return { check, level: 'warning', text: clean(text), ...advice(next, command) };
}

export function broken(check: string, text: string, next: string, command?: string): Finding {
  return { check, level: 'broken', text: clean(text), ...advice(next, command) };
}

function advice(next: string, command: string | undefined): Advice {
  return {
    next: clean(next),
    ...(command === undefined ? {} : { command: printable(command, MAX_TEXT_LENGTH) }),
  };
}

function clean(text: string): string {
  return oneLine(text, MAX_TEXT_LENGTH);
}

/** Text as one word of a shell command. */
export function shellWord(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
