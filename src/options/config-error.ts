/** Thrown at the start, and only then, when settings are wrong. It names all that is wrong, and shows no secret. */
export class ConfigError extends Error {
  static {
    ConfigError.prototype.name = 'ConfigError';
  }

  // Behind a getter, so that a crash report shows the problems once, in the message.
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.#problems = Object.freeze([...problems]);
  }

  /** One sentence for each thing that is wrong. */
  get problems(): readonly string[] {
    return this.#problems;
  }
}
