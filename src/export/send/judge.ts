import { STATUS_CODES } from 'node:http';
import { oneLine } from '../../safety/printable.ts';
import type { Answer } from './answer.ts';
import { retryAfter } from './retry.ts';

/** What came back from one attempt to write: an answer, or what went wrong before there was one. */
export type Reply =
  | (Partial<Answer> & Pick<Answer, 'status'>)
  | { readonly error: NodeJS.ErrnoException; readonly timedOutMs?: number | undefined };

/** What is to be done about it. */
export type Verdict =
  | { readonly kind: 'stored' }
  /** The server stored all but `lines` of them; it says why. */
  | { readonly kind: 'partial'; readonly lines: number; readonly reason: string }
  /**
   * Try the same again. `maybeStored`: the server may have stored it all the same. `denied`: it is there, and does not take
   * this until somebody repairs what is wrong.
   */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly afterMs: number;
      readonly maybeStored: boolean;
      readonly denied: boolean;
    }
  /** Too much at once: fewer lines may pass. */
  | { readonly kind: 'split'; readonly reason: string }
  /** Not in this form, now or later; fewer lines may pass, if only some of them are at fault. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Errors before which the server cannot have seen the whole request. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROTO',
]);

/** A certificate that is not right: the connection ends before anything is sent. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)$|ERR_TLS_CERT_|HOSTNAME_MISMATCH$)/;

/** The table of docs/guarantees.md: what each answer of a database means. */
export function judge(reply: Reply, nowMs: number): Verdict {
  if ('error' in reply) return judgeError(reply.error, reply.timedOutMs);
  const { status, said = '' } = reply; // read once: it is put together each time
  const reason = oneLine(`${status} ${STATUS_CODES[status] ?? ''}${said === '' ? '' : `: ${said}`}`);
  const retry = (maybeStored: boolean, why = reason): Verdict => {
    const afterMs = retryAfter(reply.retryAfter, nowMs);
    return { kind: 'retry', reason: why, afterMs, maybeStored, denied: status < 500 };
  };

  // InfluxDB answers 204. Something that says 200 is something else, and has stored nothing.
  if (status === 200) return retry(false, '200 OK, where InfluxDB says 204: is it one?');
  if (status > 200 && status < 300) return { kind: 'stored' };
  if (status === 413) return { kind: 'split', reason };
  if (status === 400 || status === 422) {
    const dropped = droppedOf(said);
    return dropped > 0 ? { kind: 'partial', lines: dropped, reason } : { kind: 'refused', reason };
  }
  // What an operator can repair: an address that moved, credentials, permissions, a database that is not there yet.
  if (status < 500) return retry(false);
  // 503 and 501 are said before anything is done; any other may come after it was.
  return retry(status !== 503 && status !== 501);
}

/**
 * How many lines of a write were not stored, when all the others were: 0 where that is not what the server says. It says
 * so around a text in which there may be parts of the lines themselves, which are not believed.
 */
function droppedOf(said: string): number {
  if (!/^\s*(?:[a-z ]+: )?partial write: /i.test(said)) return 0;
  const at = said.lastIndexOf(' dropped=');
  const [, dropped] = /^ dropped=(\d{1,9})(?: for database: .*)?\s*$/s.exec(said.slice(at)) ?? [];
  return Number(dropped ?? 0);
}

function judgeError({ code = '', message }: NodeJS.ErrnoException, timedOutMs: number | undefined): Verdict {
  const reason = timedOutMs === undefined ? oneLine(message || code) : `no answer within ${timedOutMs} ms`;
  const maybeStored = !NEVER_SENT.has(code) && !CERTIFICATE.test(code);
  return { kind: 'retry', reason, afterMs: 0, maybeStored, denied: false };
}
