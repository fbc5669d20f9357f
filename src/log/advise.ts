import { adviceOn, type Options, type ResolvedOptions } from '../options/options.ts';
import { attempt } from '../safety/guard.ts';
import { isFirst } from '../safety/once.ts';
import { createLog } from './log.ts';

const KIND = 'the advice on settings';

/** Warns about settings of `rawRequests()` that are probably mistakes: one line, once per process. */
export function advise(user: Options, resolved: ResolvedOptions): void {
  attempt(KIND, () => {
    const { mistake, idle } = adviceOn(user, process.env);
    warnOnce(mistake ?? idle, resolved);
  });
}

/**
 * The same for `register`, which is preloaded into programs that may serve no requests. So the reason why nothing is
 * recorded is returned instead of logged: it is logged with the first request.
 */
export function advisePreloaded(resolved: ResolvedOptions): string | undefined {
  return attempt(KIND, () => {
    const { mistake, idle } = adviceOn({}, process.env);
    warnOnce(mistake, resolved);
    return WITH_WARNINGS.has(resolved.logLevel) ? idle : undefined;
  });
}

const WITH_WARNINGS: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn']);

function warnOnce(text: string | undefined, { logger, logLevel }: ResolvedOptions): void {
  if (text !== undefined && isFirst('advice')) createLog(logger, logLevel).warn({}, text);
}
