/**
 * Whether a function option returned a promise or another thenable. If so, its rejection is handled, so that it does not
 * end the process. The promise is not awaited.
 *
 * @throws what reading the value throws
 */
export function handleRejection(returned: unknown): boolean {
  if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return false;
  const { then } = returned as { then?: unknown };
  if (typeof then !== 'function') return false;
  then.call(returned, undefined, () => {});
  return true;
}
