import type { Stored } from './stored.ts';

/** The destination of the demo: a database or a live view. */
export interface DemoPlace {
  /** Its line in the report. */
  label: string;
  /** Settings for the sample app. */
  env: NodeJS.ProcessEnv;
  stored: Stored;
  /** The address of its page, if it has one. */
  page?: string;
  /** For a database: a query that the user can run afterwards. */
  query?: { at: string; statement: string; own: boolean };
  close(): Promise<void>;
}

export function withoutDestination(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INFLUX_')));
}
