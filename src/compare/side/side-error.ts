/** A side did not start, ended, or did not answer. The message quotes what it printed last. */
export class SideError extends Error {
  override readonly name = 'SideError';
}
