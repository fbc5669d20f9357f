import { spawn } from 'node:child_process';
import { youngGarbage } from '../../view/server/collect-garbage.ts';
import { openViewer, resolveViewer, statsOf } from '../../view/server/viewer.ts';
import { out } from '../output.ts';
import { paint } from '../paint.ts';
import { count, counted } from '../text.ts';

/** Options of `raw-requests view`, as they are typed. */
export interface ViewOptions {
  port?: number;
  host?: string;
  token?: string;
  max?: number;
  forward?: string;
  open?: boolean;
}

/** Shows what is written to it until Ctrl-C. Returns the exit code. */
export async function view({ open, ...options }: ViewOptions, signal: AbortSignal): Promise<number> {
  const say = (text?: string) => out.say(text);
  const resolved = resolveViewer(options);
  const { token, forward, host } = resolved;
  const viewer = await openViewer(resolved, { written: youngGarbage() });
  const page = token === undefined ? viewer.url : `${viewer.url}/?token=${encodeURIComponent(token)}`;
  out.reveal(`raw-requests: live view at ${paint.bold(page)}`);
  if (host !== '127.0.0.1' && host !== 'localhost') say(`It listens on ${host}.`);
  if (forward !== undefined) say(`Everything is passed on to the InfluxDB at ${forward.url}.`);
  say();
  say('Send it the requests of an application, with no line of code:');
  const secret = token === undefined ? '' : ` INFLUX_TOKEN=${token}`;
  out.reveal(
    `  INFLUX_URL=${viewer.url} INFLUX_DATABASE=requests${secret} node --import raw-requests/register app.js`,
  );
  say();
  say(paint.dim('Ctrl-C ends it.'));
  if (open) openBrowser(page);

  await aborted(signal);
  await viewer.close();
  const { received, kept, refused, forwarded, failed } = statsOf(viewer);
  const parts = [`${counted(received, 'request')} received`, `${count(kept)} kept`];
  if (refused > 0) parts.push(`${counted(refused, 'line')} refused`);
  if (forward !== undefined) parts.push(`${count(forwarded)} forwarded`, `${count(failed)} not`);
  say(`${out.isTerminal ? '\n' : ''}${parts.join(', ')}.`);
  return 0;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** The address is printed anyway: where no browser can be started, nothing is said about it. */
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
