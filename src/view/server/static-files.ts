import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** Tags and paths are untrusted. If one ever became part of the page's markup, it could load and run nothing. */
const SECURITY: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

interface File {
  readonly type: string;
  readonly content: Buffer;
}

/**
 * The files of the page, read at the start, so no other files can be requested. They keep their paths, `page/main.js`
 * beside `shared/feed.js`. Files of `page/` are available at the top level as well, because `index.html` is served as
 * `/`.
 */
export class StaticFiles {
  readonly #files = new Map<string, File>();

  /** @param folder the folder with `page`, `shared` and `vendor` */
  constructor(folder: URL) {
    for (const part of ['page', 'shared', 'vendor']) {
      const root = fileURLToPath(new URL(`${part}/`, folder));
      if (!existsSync(root)) continue;
      for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
        const type = TYPES[extname(path)];
        if (type === undefined) continue;
        const file = { type, content: readFileSync(`${root}/${path}`) };
        const name = path.replaceAll('\\', '/');
        this.#files.set(`/${part}/${name}`, file);
        if (part === 'page') this.#files.set(name === 'index.html' ? '/' : `/${name}`, file);
      }
    }
  }

  /** Whether the page exists. */
  get hasPage(): boolean {
    return this.#files.has('/');
  }

  handle(req: IncomingMessage, res: ServerResponse, path: string, status: number = 200): boolean {
    const file = this.#files.get(path);
    if (file === undefined) return false;
    res.writeHead(status, {
      ...SECURITY,
      'content-type': file.type,
      'content-length': String(file.content.length),
    });
    res.end(req.method === 'HEAD' ? undefined : file.content);
    return true;
  }
}
