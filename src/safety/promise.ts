/**
 * Whether something that a function of the user's returned is a promise, of whichever realm, or like one. If so, its
 * rejection ends nothing, and it is not waited for.
 *
 * @throws whatever looking at it throws
 */
export function disarmed(returned: unknown): boolean {
  if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return false;
  const { then } = returned as { then?: unknown };
  if (typeof then !== 'function') return false;
  then.call(returned, undefined, () => {});
  return true;
}
