/** A small application of a framework, and what is known of its requests under `register`. */
export interface Framework {
  /** As the table of docs/where-it-runs.md names it. */
  readonly name: string;
  /** What npm has to install, with versions. The first is the framework, whose version is in the table. */
  readonly packages: Readonly<Record<string, string>>;
  /** The oldest line of Node that it runs on, if that is not 20. */
  readonly node?: number;
  readonly type?: 'module';
  /** Its sources, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Builds it: the arguments of `node`. */
  readonly build?: readonly string[];
  /** Starts it: the arguments of `node`. */
  start(port: number): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** By request (`GET /items/7`): status and route. */
  readonly requests: Readonly<Record<string, string>>;
  /** Whether its application names its routes by the option `route`. */
  readonly isNamed?: true;
  /** What people should know of its routes, for the table. */
  readonly note?: string;
}

/** The arguments that run a program of a package. */
export const bin = (path: string): string => `node_modules/${path}`;
