import { oneLine, printable } from '../../safety/printable.ts';

const LONGEST_TEXT = 1000;

/** `skipped`: could not be looked at, which is no fault. */
export type Level = 'fine' | 'warning' | 'broken' | 'skipped';

/** What one check found. Its texts are printable: much of them comes from a server. */
export interface Finding {
  /** The name of the check. */
  check: string;
  level: Level;
  text: string;
  /** What to do about it, in words. */
  next?: string;
  /** What to do about it, as a command for a shell. */
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
    ...(command === undefined ? {} : { command: printable(command, LONGEST_TEXT) }),
  };
}

function clean(text: string): string {
  return oneLine(text, LONGEST_TEXT);
}

/** Text as one word of a shell command. */
export function shellWord(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
