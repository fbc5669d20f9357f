import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHead } from '../../options/options.ts';

/** What the next line is, or that nothing more is read. */
type State = 'head' | 'size' | 'trailer' | 'stopped';

const LF = 0x0a;
const MAX_HEAD_LENGTH = 128 * 1024;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.[01]$/;
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/;

/**
 * Finds the requests in the bytes that a client sends over a connection. It reads lines and counts the bytes of bodies,
 * as RFC 9112 defines them, and shares nothing with Node's parser. It stops after a head that is not valid.
 */
export class RequestReader {
  readonly #found: (head: RequestHead) => void;
  #state: State = 'head';
  #line = '';
  /** The lines of the head that is being read, and their length. */
  #head: string[] = [];
  #headLength = 0;
  /** Bytes of a body that come next. */
  #body = 0;
  /** The connection leaves HTTP with the first request that asks for it. */
  isSwitched = false;

  /** @param found called with each request whose head is complete or invalid; an invalid one has no method */
  constructor(found: (head: RequestHead) => void) {
    this.#found = found;
  }

  /** Whether there is a head that is neither complete nor invalid. */
  get isInHead(): boolean {
    const isInBody = this.#state === 'size' || this.#state === 'trailer';
    return !isInBody && (this.#head.length > 0 || this.#line !== '');
  }

  stop(): void {
    this.#state = 'stopped';
  }

  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#state !== 'stopped') {
      if (this.#body > 0) {
        const skipped = Math.min(this.#body, bytes.length - at);
        this.#body -= skipped;
        at += skipped;
        continue;
      }
      const lineEnd = bytes.indexOf(LF, at);
      const end = lineEnd === -1 ? bytes.length : lineEnd + 1;
      this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('latin1');
      at = end;
      if (this.#headLength + this.#line.length > MAX_HEAD_LENGTH) this.#invalid();
      else if (lineEnd !== -1) this.#endLine();
    }
  }

  #endLine(): void {
    const line = this.#line.replace(/\r?\n$/, '');
    this.#headLength += this.#line.length;
    this.#line = '';
    if (this.#state === 'size') this.#readSize(line);
    else if (line !== '') {
      if (this.#state === 'head') this.#head.push(line);
    } else if (this.#state === 'trailer') this.#endBody();
    else if (this.#head.length > 0) this.#readHead(this.#head); // otherwise an empty line before a request
  }

  #readHead([requestLine = '', ...lines]: readonly string[]): void {
    const [, method = '', url = ''] = REQUEST_LINE.exec(requestLine) ?? [];
    const fields = lines.map((line) => FIELD_LINE.exec(line));
    if (method === '' || fields.includes(null)) {
      this.#invalid();
      return;
    }
    const headers: IncomingHttpHeaders = {};
    for (const field of fields) headers[field![1]!.toLowerCase()] = field![2]!;
    this.#endBody();
    const isChunked = /(?:^|,)[ \t]*chunked$/i.test(headers['transfer-encoding'] ?? '');
    if (isChunked) this.#state = 'size';
    else this.#body = Number(headers['content-length'] ?? 0) || 0;
    this.#found({ method, url, headers });
    if (this.isSwitched && (method === 'CONNECT' || headers.upgrade !== undefined)) this.stop();
  }

  #readSize(line: string): void {
    const size = CHUNK_SIZE.exec(line)?.[1];
    this.#headLength = 0;
    if (size === undefined) {
      this.stop(); // the request was found before
      return;
    }
    this.#body = Number.parseInt(size, 16);
    if (this.#body === 0) this.#state = 'trailer';
    else this.#body += '\r\n'.length;
  }

  #endBody(): void {
    this.#state = 'head';
    this.#head = [];
    this.#headLength = 0;
  }

  #invalid(): void {
    this.#endBody();
    this.#line = '';
    this.stop();
    this.#found({ method: '', url: '', headers: {} });
  }
}
