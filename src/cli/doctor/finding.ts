/** `skipped`: could not be looked at, which is no fault. */
export type Level = 'fine' | 'warning' | 'broken' | 'skipped';

/** What one check found. */
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
  return { check, level: 'fine', text };
}

export function skipped(check: string, text: string): Finding {
  return { check, level: 'skipped', text };
}

export function warning(check: string, text: string, next: string, command?: string): Finding {
  return { check, level: 'warning', text, ...advice(next, command) };
}

export function broken(check: string, text: string, next: string, command?: string): Finding {
  return { check, level: 'broken', text, ...advice(next, command) };
}

function advice(next: string, command: string | undefined): Advice {
  return command === undefined ? { next } : { next, command };
}

/** Text as one word of a shell command. */
export function shellWord(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
