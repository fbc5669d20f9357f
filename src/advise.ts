import { createLog } from './log.ts';
import { adviceOn, type Options, type ResolvedOptions } from './options/options.ts';
import { attempt } from './safety/guard.ts';
import { isFirst } from './safety/once.ts';

const KIND = 'the advice on settings';

/** Tells whoever calls `rawRequests()` of what was probably meant otherwise. Once per process, in one line. */
export function advise(user: Options, resolved: ResolvedOptions): void {
  attempt(KIND, () => {
    const { mistake, idle } = adviceOn(user, process.env);
    say(mistake ?? idle, resolved);
  });
}

/**
 * The same for `register`, which programs get without asking for it. That nothing is recorded is returned, to be told
 * when there is a request to record.
 */
export function advisePreloaded(resolved: ResolvedOptions): string | undefined {
  return attempt(KIND, () => {
    const { mistake, idle } = adviceOn({}, process.env);
    say(mistake, resolved);
    return WITH_WARNINGS.has(resolved.logLevel) ? idle : undefined;
  });
}

const WITH_WARNINGS: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn']);

function say(text: string | undefined, { logger, logLevel }: ResolvedOptions): void {
  if (text !== undefined && isFirst('advice')) createLog(logger, logLevel).warn({}, text);
}
