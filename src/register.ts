import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';

// `node --import raw-requests/register app.js`, or `--require`, records every request to every server of the process
// without code. Settings come from the environment.
//
// NODE_OPTIONS may preload this module in every program of a machine. So it loads nothing if there is no setting, or
// if recording is switched off: such a program only pays for a look at its environment. If a program without settings
// serves requests, its first request logs once why none is recorded.

/** The values that `options/` reads as "off". */
const OFF = /^\s*(?:off|false|0)\s*$/i;

/** Names of variables of this library and of InfluxDB. Misspelt names match as well: a warning reports them. */
const SETTING = /^(?:RAW[_-]?R|INFL)/i;

const { env } = process;
const isOff = OFF.test(env.RAW_REQUESTS ?? '');
const hasSettings = Object.keys(env).some((name) => SETTING.test(name) && env[name] !== '');

// Loaded by `require()`: a module with a top-level await cannot be preloaded by `--require`.
const require = createRequire(import.meta.url);

/** Yarn Plug'n'Play cannot `require()` an ES module within its zips. There, the CommonJS copy of the package is loaded. */
function load(file: string): unknown {
  try {
    return require(`./${file}`);
  } catch (error) {
    const isInZip =
      process.versions.pnp !== undefined && (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!isInZip) throw error;
    return require(`./commonjs/${file}`);
  }
}

if (!isOff) {
  const { isIdle, reason } = hasSettings
    ? (load('observe-servers.js') as typeof import('./observe-servers.ts'))
    : { isIdle: true, reason: undefined };
  if (isIdle) tellAtFirstRequest(reason);
}

function tellAtFirstRequest(reason: string | undefined): void {
  const channel = 'http.server.request.start';
  let isTold = false;
  const onRequest = () => {
    if (isTold) return;
    isTold = true;
    // Deferred until the channel has called all subscribers: on Node 20, unsubscribing while it calls them makes it
    // skip the next one.
    process.nextTick(() => {
      try {
        unsubscribe(channel, onRequest);
        const { tellIdle } = load(
          'capture/node/idle-notice.js',
        ) as typeof import('./capture/node/idle-notice.ts');
        tellIdle(reason);
      } catch {
        // The notice is not essential.
      }
    });
  };
  subscribe(channel, onRequest);
}
