import type { ProvenElsewhere, Row } from './row.ts';
import { retryAfter, statuses, strange } from './rows/answers.ts';
import { busyMachine } from './rows/busy.ts';
import { steppedClock, suspended } from './rows/clocks.ts';
import { exitUnanswered, killedWithSpool } from './rows/endings.ts';
import { flags } from './rows/flags.ts';
import { echoes, hostileText, longQueries } from './rows/foreign-text.ts';
import { addressSpace, descriptors } from './rows/limits.ts';
import { lines, network } from './rows/lines.ts';
import { frozen, killed, neverUp, none, overflow } from './rows/outages.ts';
import { patched } from './rows/patched.ts';
import { diskFull, expired, tooLarge, tooManyValues, typeConflict } from './rows/refusals.ts';
import { sequences } from './rows/sequences.ts';
import { spoolDisk } from './rows/spool-disk.ts';
import { streams } from './rows/streams.ts';
import { certificates } from './rows/tls.ts';
import { dyingSteps } from './rows/worker-steps.ts';
import { workers } from './rows/workers.ts';

const elsewhere: readonly ProvenElsewhere[] = [
  {
    number: 1,
    fault: 'none: Express, node:http and a cluster, 20 000 requests each',
    by: 'export/load.full.test.ts',
  },
  {
    number: 6,
    fault: 'process.exit(), an uncaught error, a rejection, a natural end',
    by: 'export/exit.full.test.ts',
  },
  {
    number: 7,
    fault: 'SIGTERM, with and without handleSignals, also as process 1',
    by: 'export/exit.full.test.ts',
  },
  { number: 9, fault: 'hostile strings in every tag and field', by: 'capture/hostile.full.test.ts' },
  {
    number: 10,
    fault: 'paths and methods as clients send them',
    by: 'capture/hostile.full.test.ts, capture/register.full.test.ts',
  },
  { number: 11, fault: 'more routes and tag values than there is room for', by: 'capture/capture.test.ts' },
  {
    number: 12,
    fault: 'hooks of the application that throw or return nonsense',
    by: 'capture/capture.test.ts',
  },
  { number: 15, fault: 'aborted, reset, half-sent and pipelined requests', by: 'capture/capture.test.ts' },
  {
    number: 18,
    fault: 'a bad line in a batch that is refused as a whole',
    by: 'export/delivery.full.test.ts',
  },
  { number: 20, fault: 'requests of four processes at the same time', by: 'export/load.full.test.ts' },
  { number: 21, fault: 'the clock is stepped, forward and back', by: 'record/wall-clock.test.ts' },
  {
    number: 24,
    fault: 'files of the spool that are cut off, or have a wrong bit',
    by: 'export/spool/spool.full.test.ts',
  },
  {
    number: 25,
    fault: 'the disk of the spool is full, read-only, removed',
    by: 'export/spool/spool.full.test.ts',
  },
  {
    number: 26,
    fault: 'several processes with one spool, two of four killed',
    by: 'export/spool/spool.full.test.ts',
  },
  {
    number: 27,
    fault: 'mounted twice, and with register',
    by: 'capture/capture.test.ts, export/load.full.test.ts',
  },
  { number: 28, fault: 'none: what it costs', by: '`npm run bench`' },
  {
    number: 29,
    fault: 'secrets in settings and addresses',
    by: 'export/delivery.full.test.ts, options/options.test.ts',
  },
  { number: 30, fault: 'a program that has nothing left to do', by: 'export/exit.full.test.ts' },
  {
    number: 31,
    fault: 'upgrades, tunnels, and what Node answers itself',
    by: 'capture/register.full.test.ts',
  },
  {
    number: 33,
    fault: 'HTTP/2 streams that are reset, sessions that are lost',
    by: 'capture/register.full.test.ts',
  },
  { number: 35, fault: 'hostile options and environments', by: 'options/options.test.ts' },
  {
    number: 36,
    fault: 'a log that could be forged or flooded',
    by: 'export/delivery.full.test.ts, export/delivery-log.test.ts',
  },
  { number: 37, fault: 'a cluster that is disconnected after a load', by: 'export/load.full.test.ts' },
  { number: 38, fault: 'a server in a thread', by: 'capture/register.full.test.ts' },
  { number: 39, fault: 'requests that are open at close()', by: 'capture/capture.test.ts' },
  { number: 40, fault: 'one thing after the other, for an hour', by: '`npm run soak`' },
];

const played: readonly Row[] = [
  none,
  frozen,
  killed,
  neverUp,
  overflow,
  exitUnanswered,
  killedWithSpool,
  ...workers,
  ...dyingSteps,
  statuses,
  tooLarge,
  typeConflict,
  expired,
  tooManyValues,
  retryAfter,
  strange,
  lines,
  network,
  diskFull,
  spoolDisk,
  streams,
  certificates,
  sequences,
  busyMachine,
  longQueries,
  hostileText,
  echoes,
  ...descriptors,
  addressSpace,
  ...flags,
  steppedClock,
  suspended,
  patched,
];

/** All faults, and what shows that the library takes them. */
export const matrix: readonly (Row | ProvenElsewhere)[] = [...played, ...elsewhere].sort(
  (one, other) => one.number - other.number,
);
