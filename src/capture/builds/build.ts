/** The template of the route that a path has in a build. */
export type Match = (path: string) => string | undefined;

/** Where a program was started. */
export interface Place {
  /** Its file, or the folder that holds its `index.js`. */
  readonly program: string;
  readonly folder: string;
  readonly cwd: string;
}

/** A framework whose build is a program with the routes in a file of its own. */
export interface Build {
  /** The file, if the program in this place is such a build. */
  find(place: Place): string | undefined;
  /** Called when the first request arrives, and so when the program has loaded its modules. */
  load(file: string): Match | undefined | Promise<Match | undefined>;
}
