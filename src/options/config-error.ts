/** Thrown when settings are wrong, only at the start. It lists all problems, and contains no secret. */
export class ConfigError extends Error {
  // Private, with a getter, so that a crash report shows the problems only once, in the message.
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.#problems = Object.freeze([...problems]);
  }

  /** One sentence per problem. */
  get problems(): readonly string[] {
    return this.#problems;
  }
}

// Not in the class: a bundler renames a class that uses its own name, and Node prints that name with the error.
ConfigError.prototype.name = 'ConfigError';
