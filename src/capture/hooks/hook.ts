/**
 * What a function of the application returned is not waited for, and when it is a promise, its rejection must not end
 * the process.
 */
export function ignoreRejection(returned: unknown): void {
  if (returned instanceof Promise) returned.catch(() => {});
}
