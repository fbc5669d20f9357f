// Runs a fleet on this machine, kills, freezes and restarts each piece of it once under load, and verifies that every request is in
// the database:
//   node examples/fleet/run.js [--way direct|telegraf|nats|vmagent] [--hosts 4] [--minutes 10] [--rate 100] [--calm] [--spare-relays]
// Exit code: 0 if it is complete, 1 if not, 3 if a program is not installed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fleetOf, missingPrograms } from './pieces.js';

const { values } = parseArgs({
  options: {
    way: { type: 'string', default: 'telegraf' },
    hosts: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '100' },
    calm: { type: 'boolean', default: false },
    'spare-relays': { type: 'boolean', default: false },
  },
});
const { way, calm } = values;
const missing = missingPrograms(way);
if (missing.length > 0) {
  console.log(`Not installed: ${missing.join(', ')}. See examples/fleet/README.md.`);
  process.exit(3);
}

const VERIFY = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** How long a piece is away. */
const AWAY_MS = Math.min(20_000, Number(values.minutes) * 2000);
/** For what is on the way at the end. */
const SETTLE_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'raw-requests-fleet-'));
const fleet = await fleetOf(way, Number(values.hosts), Number(values.rate), folder);
const databases = fleet.databases.map(({ piece }) => piece);
const pieces = [...databases, ...fleet.between, ...fleet.relays, ...fleet.applications];
const began = Date.now();
const say = (what) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`);
let isComplete = false;
process.on('exit', () => {
  for (const piece of pieces) piece.signal('SIGKILL');
});
process.once('SIGINT', () => process.exit(130));

try {
  for (const piece of pieces) await piece.start();
  say(
    `${fleet.applications.length} hosts, ${values.rate} requests/s each, ${values.minutes} min: ${pieces.map(({ name }) => name).join(', ')}`,
  );
  if (way === 'direct')
    await fetch(`${fleet.databases[0].url}/query?q=CREATE+DATABASE+requests`, { method: 'POST' });
  await loadWithFaults();
  await Promise.all(fleet.applications.map((application) => application.end('SIGTERM')));
  for (const { name, output } of fleet.applications) say(`${name}: ${output.trim().split('\n').join('; ')}`);
  isComplete = await verifyAll();
} finally {
  await Promise.all(pieces.map((piece) => piece.end()));
  if (isComplete) rmSync(folder, { recursive: true, force: true });
  else console.log(`The logs and data are in ${folder}`);
}
process.exitCode = isComplete ? 0 : 1;

/** Load for the whole time, with all faults one after the other. */
async function loadWithFaults() {
  const ms = Number(values.minutes) * 60_000;
  const faults = calm ? [] : faultsOf();
  for (const [index, fault] of faults.entries()) {
    await sleep(began + ms * (0.05 + (0.85 * index) / faults.length) - Date.now());
    await fault();
  }
  await sleep(began + ms - Date.now());
}

function faultsOf() {
  const killed = (piece) => async () => {
    say(`${piece.name}: killed`);
    await piece.end('SIGKILL');
    await sleep(AWAY_MS);
    await piece.start();
    say(`${piece.name}: started again`);
  };
  const frozen = (piece) => async () => {
    say(`${piece.name}: frozen`);
    piece.signal('SIGSTOP');
    await sleep(AWAY_MS);
    piece.signal('SIGCONT');
    say(`${piece.name}: goes on`);
  };
  const restarted = (piece) => async () => {
    await piece.end('SIGTERM');
    await piece.start();
    say(`${piece.name}: restarted`);
  };
  return [
    ...databases.flatMap((piece) => [killed(piece), frozen(piece)]),
    ...fleet.between.map(killed),
    // What a relay has just accepted and not yet written to its disk is lost with it.
    ...(values['spare-relays'] ? [] : fleet.relays.map(killed)),
    ...fleet.relays.slice(0, 1).map(frozen),
    ...fleet.applications.map(restarted),
  ];
}

/** Asks each database, until it is complete or nothing more can be on the way. */
async function verifyAll() {
  let results = [];
  for (const deadline = Date.now() + SETTLE_MS; Date.now() < deadline; await sleep(3000)) {
    results = await Promise.all(fleet.databases.map(({ url }) => verify(url)));
    if (results.every(({ status }) => status === 0)) break;
  }
  for (const { output } of results) console.log(`\n${output}`);
  // Several databases have copies of the same points: one that is complete is enough.
  return results.some(({ status }) => status === 0);
}

async function verify(url) {
  const range = ['--from', new Date(began - 1000).toISOString(), '--to', new Date().toISOString()];
  const child = spawn(process.execPath, [VERIFY, 'verify', ...range], {
    env: { PATH: process.env.PATH, INFLUX_URL: url, INFLUX_DATABASE: 'requests' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { status, output: output + errors };
}
