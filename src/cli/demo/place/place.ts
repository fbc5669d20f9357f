import type { Stored } from './stored.ts';

/** Where the demo writes to, and what it asks in the end. */
export interface DemoPlace {
  /** Its line of the report. */
  label: string;
  /** Settings for the sample app. */
  env: NodeJS.ProcessEnv;
  stored: Stored;
  /** The address of its page, if it has one. */
  page?: string;
  /** How a person can go on from here, if it is a database. */
  query?: { at: string; statement: string; own: boolean };
  close(): Promise<void>;
}

export function withoutDestination(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INFLUX_')));
}
