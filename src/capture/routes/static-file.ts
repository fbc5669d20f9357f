import type { ServerResponse } from 'node:http';

/** The route of files that a server sends from a folder. */
export const STATIC = '(static)';

/** Headers that servers of files send, and hardly anyone else without a route. A flag `i` would take three times as long. */
const FILE_HEADER = /\n(?:[Ll]ast-[Mm]odified|[Aa]ccept-[Rr]anges):/;
const FILE_HEADERS = ['last-modified', 'accept-ranges'];

interface Answer {
  readonly method: string;
  readonly status: number;
  readonly res: ServerResponse | undefined;
}

/** Whether a response is a file: a request for it succeeded, and it has a time of modification or takes ranges. */
export function isFile({ method, status, res }: Answer): boolean {
  if (res === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  if (status !== 200 && status !== 206 && status !== 304) return false;
  try {
    // The head as it was sent: headers that are given to `writeHead` are not kept elsewhere.
    const { _header: head } = res as { readonly _header?: unknown };
    if (typeof head === 'string') return mayHaveFileHeader(head) && FILE_HEADER.test(head);
    return FILE_HEADERS.some((name) => res.getHeader(name) !== undefined);
  } catch {
    return false;
  }
}

/** Most heads contain neither; looking for the ends of both names takes a third of the time of the expression. */
function mayHaveFileHeader(head: string): boolean {
  return head.includes('odified:') || head.includes('anges:');
}
