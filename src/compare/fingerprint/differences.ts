import { percent } from '../rounds/validity.ts';
import type { Fingerprint } from './fingerprint.ts';

/** What makes it a comparison of something else than the servers. */
export interface Warning {
  /** What `differs` declares. */
  readonly code: WarningCode;
  readonly text: string;
  /** Whether the comparison is not one of like with like, unless the difference is declared. */
  readonly isBogus: boolean;
}

export const WARNING_CODES = [
  'processes',
  'threads',
  'concurrency',
  'keep-alive',
  'versions',
  'node-env',
  'cores',
  'statuses',
  'sizes',
  'compression',
  'http-version',
  'cpu-bound',
  'cache',
  'recording',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** A side limits its concurrency if it never had more than this share of what the client had open in work. */
const FULL = 0.5;
/** Shares of requests that opened a connection may differ by this. */
const MAX_CONNECTION_DIFFERENCE = 0.2;
/** Sizes may differ by this factor, or by a few bytes, such as those of a name or a time. */
const MAX_SIZE_RATIO = 1.2;
const FEW_BYTES = 64;
const MAX_STATUS_DIFFERENCE = 0.01;
/** Above, the time of a request is spent on the CPU; below, it is spent waiting. */
const CPU_BOUND = 0.6;
const WAITING = 0.2;

/** In plain words, what differs between two sides besides what is to be compared. `declared` are the codes of what is. */
export function differences(
  a: Fingerprint,
  b: Fingerprint,
  mix: readonly string[],
  declared: readonly string[],
): Warning[] {
  const found: Warning[] = [];
  const add = (code: WarningCode, text: string) =>
    found.push({ code, text, isBogus: code !== 'recording' && !declared.includes(code) });
  const lists = (code: WarningCode, of: (side: Fingerprint) => readonly string[], what: string) => {
    const [left, right] = [of(a).join(', '), of(b).join(', ')];
    if (left !== right && left !== '' && right !== '') add(code, `A ${what} ${left}, B ${right}.`);
  };

  if (a.processes !== b.processes && a.recorded && b.recorded) {
    add('processes', `A ran ${serving(a)}, B ${serving(b)}: you are comparing concurrency, not servers.`);
  } else if (a.threads !== b.threads && a.recorded && b.recorded) {
    add(
      'threads',
      `A served with ${counted(a.threads, 'thread')}, B with ${b.threads}: you are comparing concurrency, not servers.`,
    );
  }
  const [fullA, fullB] = [isLimited(a), isLimited(b)];
  if (fullA !== fullB) {
    const [one, other] = fullA ? ([a, 'A'] as const) : ([b, 'B'] as const);
    add(
      'concurrency',
      `${other} never had more than ${counted(one.slots, 'request')} in work while the client had ${one.open} open; the other side took what came.`,
    );
  } else if (fullA && fullB && a.slots !== b.slots) {
    add('concurrency', `A works on ${counted(a.slots, 'request')} at a time, B on ${b.slots}.`);
  }
  if (Math.abs(a.newConnections - b.newConnections) > MAX_CONNECTION_DIFFERENCE)
    add(
      'keep-alive',
      `${connections('A', a)}; ${connections('B', b)}. Opening a connection is part of what you compare.`,
    );
  lists('versions', ({ programs }) => programs, 'runs');
  lists('node-env', ({ nodeEnvs }) => nodeEnvs, 'has NODE_ENV');
  lists('cores', ({ cpus }) => cpus, 'may use the CPUs');
  lists('http-version', ({ httpVersions }) => httpVersions, 'answers with HTTP');
  lists('compression', ({ encodings }) => encodings, 'answers with the encoding');
  const statuses = new Set([...Object.keys(a.statuses), ...Object.keys(b.statuses)]);
  const apart = [...statuses].filter(
    (status) => Math.abs((a.statuses[status] ?? 0) - (b.statuses[status] ?? 0)) > MAX_STATUS_DIFFERENCE,
  );
  if (apart.length > 0) add('statuses', `A answers ${shares(a.statuses)}, B ${shares(b.statuses)}.`);
  for (const [i, name] of mix.entries()) {
    const [left, right] = [a.sizes[i]!, b.sizes[i]!];
    if (areApart(left, right))
      add('sizes', `${name}: A answers with ${bytes(left)}, B with ${bytes(right)}.`);
  }
  const [least, most] = a.cpuShare < b.cpuShare ? (['A', 'B'] as const) : (['B', 'A'] as const);
  const [low, high] = [Math.min(a.cpuShare, b.cpuShare), Math.max(a.cpuShare, b.cpuShare)];
  if (low < WAITING && high > CPU_BOUND)
    add(
      'cpu-bound',
      `${most} spends its time on the CPU (${percent(Math.min(1, high))} of a request), ${least} waits (${percent(low)} on the CPU).`,
    );
  for (const [name, { isSilent }] of [
    ['A', a],
    ['B', b],
  ] as const) {
    if (isSilent)
      add(
        'cache',
        `${name} answered nothing itself: it recorded requests, but none of the load. Something in front of it, such as a cache, answered.`,
      );
  }
  const silent = a.recorded ? b : a;
  if (a.recorded !== b.recorded && !silent.isSilent)
    add(
      'recording',
      `${silent === a ? 'A' : 'B'} wrote no points: of it, only what the client saw is judged, and it does not pay for being recorded.`,
    );
  return found;
}

/** Whether it is full before the client is: it works on fewer requests at a time than there are. */
function isLimited({ recorded, slots, open }: Fingerprint): boolean {
  return recorded && open >= 4 && slots <= FULL * open;
}

function serving({ processes, threads, slots }: Fingerprint): string {
  const more = threads > processes ? `, ${threads} threads,` : '';
  return `${counted(processes, 'process')}${more} with ${counted(slots, 'slot')}`;
}

function connections(name: string, { newConnections, requestsPerConnection }: Fingerprint): string {
  const known = Number.isNaN(requestsPerConnection)
    ? ''
    : ` (connection_requests: ${requestsPerConnection.toFixed(1)} on one, in the mean)`;
  if (newConnections > 0.9) return `${name} keeps no connection alive${known}`;
  return `${name} opened a connection for ${percent(newConnections)} of the requests${known}`;
}

function areApart(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  if (low === 0) return high > 0;
  return high - low > FEW_BYTES && high / low > MAX_SIZE_RATIO;
}

function shares(statuses: Readonly<Record<string, number>>): string {
  return Object.entries(statuses)
    .map(([status, share]) => `${status} to ${percent(share)}`)
    .join(', ');
}

function bytes(size: number): string {
  return size === 0 ? 'an empty body' : `${Math.round(size).toLocaleString('en-US')} bytes`;
}

function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun}${noun.endsWith('s') ? 'es' : 's'}`;
}
