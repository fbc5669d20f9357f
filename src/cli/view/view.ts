import { spawn } from 'node:child_process';
import { createGarbageCollector } from '../../view/server/garbage-collector.ts';
import { openViewer, resolveViewer, statsOf } from '../../view/server/viewer.ts';
import { CliError } from '../cli-error.ts';
import { err, out } from '../output.ts';
import { paint } from '../paint.ts';
import { count, counted } from '../text.ts';
import { historyOf } from './history/load.ts';
import { findToken } from './view-token.ts';

/** Options of `raw-requests view`. */
export interface ViewOptions {
  port?: number;
  host?: string;
  token?: string;
  tokenFile?: string;
  max?: number;
  forward?: string;
  open?: boolean;
  /** What to read first: see {@link historyOf}. */
  paths?: readonly string[];
  from?: string;
  to?: string;
  last?: string;
  service?: string;
  /** The address of a trace, with `{trace_id}`. */
  traceUrl?: string;
}

/** Serves a live view until Ctrl-C. Returns the exit code. */
export async function view(
  { open, tokenFile, paths = [], from, to, last, service, traceUrl, ...options }: ViewOptions,
  signal: AbortSignal,
): Promise<number> {
  const say = (text?: string) => out.say(text);
  const range = { ...(from && { from }), ...(to && { to }), ...(last && { last }) };
  checkTraceUrl(traceUrl);
  const load = historyOf({ paths, ...range, service }, process.env);
  const secret = findToken({ ...options, tokenFile }, process.env, (text) => err.say(text));
  const resolved = resolveViewer(secret === undefined ? options : { ...options, token: secret.token });
  const { forward, host } = resolved;
  const viewer = await openViewer(resolved, { onBodyDone: createGarbageCollector() });
  const page = secret?.isGenerated ? `${viewer.url}/?token=${secret.token}` : viewer.url;
  out.reveal(`raw-requests: live view at ${paint.bold(page)}`);
  if (host !== '127.0.0.1' && host !== 'localhost') say(`It listens on ${host}.`);
  if (secret?.isGenerated)
    say('The token was generated for this view: set RAW_REQUESTS_VIEW_TOKEN to choose one.');
  else if (secret !== undefined) say('It requires the token.');
  if (forward !== undefined) say(`Everything is forwarded to the InfluxDB at ${forward.url}.`);
  viewer.store.traceUrl = traceUrl;
  if (load !== undefined) viewer.store.history = true;
  say();
  say('To send the requests of an application, without changing its code:');
  const shown = secret === undefined ? '' : ` INFLUX_TOKEN=${secret.reference}`;
  out.reveal(
    `  INFLUX_URL=${viewer.url} INFLUX_DATABASE=requests${shown} node --import raw-requests/register app.js`,
  );
  say();
  say(paint.dim('Ctrl-C ends it.'));
  if (open) openBrowser(viewer.signInUrl());

  await load?.(viewer.store, out, signal);
  await aborted(signal);
  await viewer.close();
  const { received, kept, refused, notRequests, forwarded, failed } = statsOf(viewer);
  const parts = [`${counted(received, 'request')} received`, `${count(kept)} kept`];
  if (refused > 0) parts.push(`${counted(refused, 'line')} refused`);
  if (notRequests > 0) parts.push(`${count(notRequests)} not requests`);
  if (forward !== undefined) parts.push(`${count(forwarded)} forwarded`, `${count(failed)} not`);
  say(`${out.isTerminal ? '\n' : ''}${parts.join(', ')}.`);
  return 0;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** Failures are ignored, because the address is printed anyway. */
function openBrowser(page: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', page]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', page.replaceAll('&', '^&')]
        : ['xdg-open', page];
  spawn(command!, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

/** @throws {CliError} if it is no address of a trace */
export function checkTraceUrl(template: string | undefined): void {
  if (template === undefined) return;
  const { protocol = '' } = URL.canParse(template) ? new URL(template) : {};
  if (/^https?:$/.test(protocol) && template.includes('{trace_id}')) return;
  throw new CliError(
    `Expected --trace-url to be an address with {trace_id}, such as http://localhost:16686/trace/{trace_id}, got ${template}`,
  );
}
