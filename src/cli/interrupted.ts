/** Thrown after Ctrl-C or a similar signal. `code` is the exit code. */
export class Interrupted extends Error {
  readonly code: number;

  constructor(code: number) {
    super('interrupted');
    this.code = code;
  }
}

/** A signal that aborts at the first Ctrl-C, for an orderly end. A Ctrl-C more than a second later exits at once. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  let first: number | undefined;
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(name, () => {
      // npm sends Ctrl-C again, which the terminal has already sent to all processes.
      if (first !== undefined && performance.now() - first > 1000) process.exit(code);
      first ??= performance.now();
      interrupted.abort(new Interrupted(code));
    });
  }
  return interrupted.signal;
}
