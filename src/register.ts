import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';

// `node --import raw-requests/register app.js`, or `--require`: every request to every server of the process is
// recorded, without a line of code. Settings come from the environment.
//
// NODE_OPTIONS preloads this in every program of a machine. So nothing is loaded where no setting can ask for
// anything, nor where recording is switched off: such a program pays for reading its environment. Only if it serves
// requests all the same, it is told once why none is recorded.

/** As `options` reads it. */
const OFF = /^\s*(?:off|false|0)\s*$/i;

/** The library's own variables and those of its database; misspelt ones too, of which a warning tells. */
const SETTING = /^(?:RAW[_-]?R|INFL)/i;

const { env } = process;
const isOff = OFF.test(env.RAW_REQUESTS ?? '');
const hasSettings = Object.keys(env).some((name) => SETTING.test(name) && env[name] !== '');

// Required, not imported: `--require` takes no module that waits.
const require = createRequire(import.meta.url);

if (!isOff) {
  const { isIdle, reason } = hasSettings
    ? (require('./observe-servers.js') as typeof import('./observe-servers.ts'))
    : { isIdle: true, reason: undefined };
  if (isIdle) tellAtFirstRequest(reason);
}

function tellAtFirstRequest(reason: string | undefined): void {
  const channel = 'http.server.request.start';
  let isTold = false;
  const onRequest = () => {
    if (isTold) return;
    isTold = true;
    // When the request has been handed to the application, and to the other subscribers: one that leaves in between
    // makes Node 20 pass over the next.
    process.nextTick(() => {
      try {
        unsubscribe(channel, onRequest);
        const { tellIdle } =
          require('./capture/node/idle-notice.js') as typeof import('./capture/node/idle-notice.ts');
        tellIdle(reason);
      } catch {
        // Then it is not told.
      }
    });
  };
  subscribe(channel, onRequest);
}
