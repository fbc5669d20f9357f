import { STATUS_CODES } from 'node:http';
import { oneLine } from '../../safety/printable.ts';
import type { Answer } from './answer.ts';
import { retryAfter } from './retry.ts';

/** The result of an attempt to write: a response, or the error that prevented it. */
export type Reply =
  | (Partial<Answer> & Pick<Answer, 'status'>)
  | { readonly error: NodeJS.ErrnoException; readonly timedOutMs?: number | undefined };

/** What to do with the lines of an attempt. */
export type Verdict =
  | { readonly kind: 'stored' }
  /** The server stored all but `lines` of the lines. */
  | {
      readonly kind: 'partial';
      readonly lines: number;
      readonly isComplete: boolean;
      readonly reason: string;
    }
  /**
   * Send the same lines again. `maybeStored`: the server may have stored them. `denied`: the server answers, and does
   * not accept the lines until an operator corrects the cause.
   */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly afterMs: number;
      readonly maybeStored: boolean;
      readonly denied: boolean;
    }
  /** The write is too large: fewer lines may be accepted. */
  | { readonly kind: 'split'; readonly reason: string }
  /** The server refuses the write permanently. Fewer lines may be accepted, if only some of them are invalid. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Errors that occur before the server can have received the whole request. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROTO',
  'ENOENT', // no Unix socket
  'ERR_PROXY_TUNNEL',
]);

/** An invalid certificate. The connection ends before anything is sent. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)$|ERR_TLS_CERT_|HOSTNAME_MISMATCH$)/;

/** The table in docs/guarantees.md: the meaning of each response of a database. */
export function judge(reply: Reply, nowMs: number): Verdict {
  if ('error' in reply) return judgeError(reply.error, reply.timedOutMs);
  const { status, message = '' } = reply; // read only once, because the getter concatenates buffers
  const reason = oneLine(`${status} ${STATUS_CODES[status] ?? ''}${message === '' ? '' : `: ${message}`}`);
  const retry = (maybeStored: boolean, why = reason): Verdict => {
    const afterMs = retryAfter(reply.retryAfter, nowMs);
    return { kind: 'retry', reason: why, afterMs, maybeStored, denied: status < 500 };
  };

  // InfluxDB answers 204. A server that answers 200 is not InfluxDB, and has stored nothing.
  if (status === 200) return retry(false, '200 OK, but InfluxDB answers 204: is it one?');
  if (status > 200 && status < 300) return { kind: 'stored' };
  if (status === 413) return { kind: 'split', reason };
  if (status === 400 && WRONG_SETTING.test(message)) return retry(false);
  if (status === 400 || status === 422) {
    const dropped = droppedOf(message);
    if (dropped === 0) return { kind: 'refused', reason };
    return { kind: 'partial', lines: dropped, isComplete: BEYOND_RETENTION.test(message), reason };
  }
  // An operator can correct the cause: a moved address, credentials, permissions, a missing database.
  if (status < 500) return retry(false);
  // A server sends 503 and 501 before it processes a request, and other statuses possibly after it.
  return retry(status !== 503 && status !== 501);
}

/**
 * Messages of InfluxDB 1.x, 2.x and 3.x about the address of a write, not about its lines: the organization, bucket or
 * database is missing. A message about lines begins with other words, whatever parts of them it quotes.
 */
const WRONG_SETTING =
  /^\s*(?:please provide either orgid or org|(?:database|db|bucket|org(?:anization)?)(?: name| id)?(?: ".*")? (?:is required|is missing|not found|must be)|missing (?:required )?(?:query )?param|missing (?:bucket|org|db)\b|invalid (?:precision|consistency))/i;

/** A partial write of which all shards have stored their lines. */
const BEYOND_RETENTION = /^\s*(?:[a-z ]+: )?partial write: points beyond retention policy dropped=/i;

/**
 * The number of lines that were not stored, if all others were; 0 if the message does not say so. The message may
 * quote parts of the lines, which must not be mistaken for the number.
 */
function droppedOf(message: string): number {
  if (!/^\s*(?:[a-z ]+: )?partial write: /i.test(message)) return 0;
  const at = message.lastIndexOf(' dropped=');
  const [, dropped] = /^ dropped=(\d{1,9})(?: for database: .*)?\s*$/s.exec(message.slice(at)) ?? [];
  return Number(dropped ?? 0);
}

function judgeError({ code = '', message }: NodeJS.ErrnoException, timedOutMs: number | undefined): Verdict {
  const reason = timedOutMs === undefined ? oneLine(message || code) : `no answer within ${timedOutMs} ms`;
  const maybeStored = !NEVER_SENT.has(code) && !CERTIFICATE.test(code);
  return { kind: 'retry', reason, afterMs: 0, maybeStored, denied: false };
}
