import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import module from 'node:module';

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

// Loaded by `require()`: a module with a top-level await cannot be preloaded by `--require`. Bundlers do not follow it:
// they would take all files of the folder.
const load = (path: string): unknown => module.createRequire(import.meta.url)(path);

/** Yarn Plug'n'Play cannot `require()` an ES module within its zips. There, the CommonJS copy of the package is loaded. */
function loadBeside(file: string): unknown {
  try {
    return load(`./${file}`);
  } catch (error) {
    const isInZip =
      process.versions.pnp !== undefined && (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!isInZip) throw error;
    return load(`./commonjs/${file}`);
  }
}

function observe(): Pick<typeof import('./observe-servers.ts'), 'isIdle' | 'reason'> {
  try {
    return loadBeside(OBSERVER) as typeof import('./observe-servers.ts');
  } catch (error) {
    if (!isBundled(error)) throw error;
    process.emitWarning(
      'raw-requests/register records nothing in a bundle: leave raw-requests out of the bundle, or use rawRequests()',
      'raw-requests',
    );
    return { isIdle: false, reason: undefined };
  }
}

const OBSERVER = 'observe-servers.js';

/** Whether this module is in a bundle: it is not beside the rest of this package, or does not know where it is. */
function isBundled(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'MODULE_NOT_FOUND') return message.startsWith(`Cannot find module './${OBSERVER}'`);
  return code === 'ERR_INVALID_ARG_VALUE' && import.meta.url === undefined;
}

if (!isOff) {
  const { isIdle, reason } = hasSettings ? observe() : { isIdle: true, reason: undefined };
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
        const { tellIdle } = loadBeside(
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
