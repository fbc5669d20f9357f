import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a crowd of clients has seen. */
export interface Seen {
  readonly answered: number;
  /** Closed before there was an answer. */
  readonly refused: number;
  /** The most connections at a time on which there was an answer. */
  readonly most: number;
  /** The different answers, without their dates. */
  readonly answers: ReadonlySet<string>;
}

const AGAIN_MS = 500;
const MAX_WAIT_MS = 30_000;

/**
 * So many clients that each keep a connection open and ask for `path` on it again and again. Where that is closed, they
 * come back. They leave after so many seconds; `untilRefused`, not before one of them was sent away.
 */
export async function crowd(
  url: string,
  path: string,
  clients: number,
  { seconds, untilRefused = false }: { seconds: number; untilRefused?: boolean },
): Promise<Seen> {
  const start = performance.now();
  const seen = { answered: 0, refused: 0, most: 0, open: 0, answers: new Set<string>() };
  const over = () => {
    const ms = performance.now() - start;
    return ms > (untilRefused && seen.refused === 0 ? MAX_WAIT_MS : 1000 * seconds);
  };
  const client = async () => {
    while (!over()) {
      await visit(url, path, seen, over);
      await sleep(AGAIN_MS);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return seen;
}

interface Count {
  answered: number;
  refused: number;
  most: number;
  open: number;
  readonly answers: Set<string>;
}

/** One connection, as long as the server keeps it. */
function visit(url: string, path: string, count: Count, over: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    let waits = true;
    let isOpen = false;
    let text = '';
    const ask = () => {
      waits = true;
      text = '';
      socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
    };
    socket.setEncoding('latin1');
    socket.on('connect', ask);
    socket.on('data', (piece) => {
      text += piece;
      if (!isWhole(text)) return;
      waits = false;
      count.answered++;
      count.answers.add(text.replace(/^Date: .*\r\n/m, ''));
      if (!isOpen) {
        isOpen = true;
        count.most = Math.max(count.most, ++count.open);
      }
      setTimeout(() => (over() ? socket.destroy() : ask()), AGAIN_MS);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (waits) count.refused++;
      if (isOpen) count.open--;
      resolve();
    });
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /^Content-Length: (\d+)\r$/im.exec(text)?.[1];
  return length === undefined
    ? text.endsWith('0\r\n\r\n')
    : text.length === end + '\r\n\r\n'.length + Number(length);
}
