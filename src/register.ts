import { createRequire } from 'node:module';

// `node --import raw-requests/register app.js`, or `--require`: every request to every server of the process is
// recorded, without a line of code. Settings come from the environment.
//
// NODE_OPTIONS preloads this in every program of a machine. So nothing is loaded where no setting can ask for
// anything, nor where recording is switched off: such a program pays for reading its environment.

/** As `options` reads it. */
const OFF = /^\s*(?:off|false|0)\s*$/i;

/** The library's own variables and those of its database; misspelt ones too, of which a warning tells. */
const SETTING = /^(?:RAW_?REQ|INFLUX)/i;

const { env } = process;
const isOff = OFF.test(env.RAW_REQUESTS ?? '');
const hasSettings = Object.keys(env).some((name) => SETTING.test(name) && env[name] !== '');

// Required, not imported: `--require` takes no module that waits.
if (hasSettings && !isOff) createRequire(import.meta.url)('./observe-servers.js');
