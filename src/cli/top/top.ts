import { setTimeout as sleep } from 'node:timers/promises';
import { VIEW_HEADER } from '../../export/send/identify-listener.ts';
import { printable } from '../../safety/printable.ts';
import { readFeed } from '../../view/page/data/feed-client.ts';
import { CliError } from '../cli-error.ts';
import { err, out } from '../output.ts';
import { findToken } from '../view/view-token.ts';
import { Controls } from './controls.ts';
import { LiveRequests } from './live-requests.ts';
import { linesOf } from './screen.ts';
import { Terminal } from './terminal.ts';

/** Options of `raw-requests top`. */
export interface TopOptions {
  token?: string;
  tokenFile?: string;
  interval: number;
  once?: boolean;
}

export const WINDOWS_MS = [30_000, 300_000] as const;
const DEFAULT_ADDRESS = 'http://127.0.0.1:8187';
const ASKS_AGAIN_MS = 20;
const TIMEOUT_MS = 5000;

/** Shows the requests of a running view in the terminal until Ctrl-C or `q`. Returns the exit code. */
export async function top(
  address: string = DEFAULT_ADDRESS,
  options: TopOptions,
  signal: AbortSignal,
): Promise<number> {
  const base = baseOf(address);
  const secret = findToken(options, process.env, (text) => err.say(text));
  const headers: Record<string, string> =
    secret === undefined ? {} : { authorization: `Token ${secret.token}` };
  await check(base, headers);
  const requests = new LiveRequests(WINDOWS_MS.at(-1)!);
  const ended = new AbortController();
  readFeed(requests, { base, headers, signal: ended.signal });
  const where = { address: base.replace(/\/$/, ''), isUnicode: isUnicode(process.env) };
  try {
    if (options.once || !out.isTerminal) await print(requests, where, signal);
    else await live(requests, where, options.interval * 1000, signal);
  } finally {
    ended.abort();
  }
  return 0;
}

interface Where {
  readonly address: string;
  readonly isUnicode: boolean;
}

async function print(requests: LiveRequests, where: Where, signal: AbortSignal): Promise<void> {
  const end = Date.now() + TIMEOUT_MS;
  while (!requests.isComplete && Date.now() < end) await sleep(ASKS_AGAIN_MS, undefined, { signal });
  const shown = { ...where, order: 'time', filter: '', offset: 0, isPaused: false, footer: '' } as const;
  const size = { columns: out.columns, rows: Number.POSITIVE_INFINITY };
  for (const line of linesOf(requests.snapshot(WINDOWS_MS[0], ''), { ...shown, ...size })) out.say(line);
}

async function live(
  requests: LiveRequests,
  where: Where,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const controls = new Controls(WINDOWS_MS, () => ended.abort());
  let snapshot = requests.snapshot(controls.windowMs, '');
  const draw = () => {
    if (!controls.isPaused) snapshot = requests.snapshot(controls.windowMs, controls.filter);
    terminal.draw(
      linesOf(snapshot, { ...where, ...terminal.size, ...controls.shown(snapshot.routes.length) }),
    );
  };
  const terminal = new Terminal((key) => {
    controls.press(key);
    draw();
  }, draw);
  try {
    const either = AbortSignal.any([signal, ended.signal]);
    while (!either.aborted) {
      draw();
      await sleep(intervalMs, undefined, { signal: either }).catch(() => {});
    }
  } finally {
    terminal.close();
  }
}

/** The address of the view with a slash at its end. */
function baseOf(address: string): string {
  const url = URL.parse(/^https?:\/\//.test(address) ? address : `http://${address}`);
  if (url === null)
    throw new CliError(
      `Expected the address of a view, such as ${DEFAULT_ADDRESS}, got ${printable(address)}`,
    );
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/** Throws if there is no view, or none that this may read. */
async function check(base: string, headers: Record<string, string>): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const address = printable(base);
  const ask = (path: string, method: string) => fetch(`${base}${path}`, { method, headers, signal });
  let isView: boolean;
  let status: number;
  try {
    isView = (await ask('ping', 'HEAD')).headers.has(VIEW_HEADER);
    ({ status } = await ask('', 'HEAD'));
  } catch (error) {
    const { cause, message } = error as Error;
    const { code, message: why } = (cause ?? {}) as NodeJS.ErrnoException;
    const reason = code ?? why ?? message;
    throw new CliError(
      `${address} does not answer: ${printable(reason)}. Start a view with npx raw-requests view, or an application with RAW_REQUESTS=view`,
    );
  }
  if (!isView) throw new CliError(`${address} is no view of raw-requests`);
  if (status === 401)
    throw new CliError(`${address} asks for its token: set RAW_REQUESTS_VIEW_TOKEN, or --token-file`);
}

/** Whether the terminal shows more than ASCII, by its locale as POSIX orders its variables. */
function isUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32') return true;
  return TERM !== 'linux' && /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
