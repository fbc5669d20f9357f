import { inspect, isDeepStrictEqual } from 'node:util';
import type { Row } from '../../src/cli/influxql.ts';
import { routeOf } from './frameworks/routes.ts';
import { inCode, type Recording } from './modes.ts';
import type { Framework } from './program/application.ts';
import { statusOf } from './run/client.ts';
import type { ProgramRun } from './run/run-program.ts';
import { type Expected, pathTo, type Scenario } from './scenarios/scenario.ts';

/** A difference from the contract. */
export interface Difference {
  /** The scenario, or the subject if it concerns the whole program. */
  readonly about: string;
  readonly text: string;
}

/** The differences of a recorded program from the contract, and from the same program without recording. */
export function differences(
  framework: Framework,
  mode: Recording,
  recorded: ProgramRun,
  bare: ProgramRun,
): Difference[] {
  const list = new Differences();
  const sent: Expected[] = [];
  for (const [scenario, answer] of recorded.answers) {
    if (answer instanceof Error) {
      list.add(scenario.name, String(answer));
      continue;
    }
    const points = pointsOf(scenario, answer, mode, framework);
    sent.push(...points);
    comparePoints(list, scenario, answer, points, recorded.points);
    if (!scenario.comparable) continue;
    const without = String(bare.answers.get(scenario));
    list.compare(scenario.name, 'what the client gets', withoutDate(answer), withoutDate(without));
  }
  compareSequence(list, recorded.points, sent.length);
  compareBars(list, recorded.points);
  if (inCode(mode)) compareStats(list, recorded);
  if (inCode(mode)) compareHooks(list, recorded);
  compareEnd(list, recorded, bare);
  if (framework.protocol === 'HTTP/1.1') compareEvents(list, recorded, bare);
  return list.found;
}

/** A report of the differences, grouped by modes with the same ones. Empty without differences. */
export function report(byMode: ReadonlyMap<Recording, readonly Difference[]>): string {
  const modes = new Map<string, Recording[]>();
  for (const [mode, found] of byMode) {
    for (const { about, text } of found) {
      const key = `${about}\n    ${text.replaceAll('\n', '\n    ')}`;
      modes.set(key, [...(modes.get(key) ?? []), mode]);
    }
  }
  return Array.from(modes, ([text, names]) => `  ${names.join(', ')}: ${text}`).join('\n');
}

class Differences {
  readonly found: Difference[] = [];

  add(about: string, text: string): void {
    this.found.push({ about, text });
  }

  compare(about: string, what: string, found: unknown, expected: unknown): void {
    if (isDeepStrictEqual(found, expected)) return;
    const [a, b] =
      typeof found === 'string' && typeof expected === 'string' ? apart(found, expected) : [found, expected];
    this.add(about, `${what}\n  expected ${show(b)}\n  found    ${show(a)}`);
  }
}

function pointsOf(scenario: Scenario, answer: string, mode: Recording, framework: Framework): Expected[] {
  return scenario
    .points(answer, mode, framework)
    .map((point) => ({ ...point, route: routeOf(framework, mode, point.route) }));
}

function comparePoints(
  list: Differences,
  scenario: Scenario,
  answer: string,
  expected: readonly Expected[],
  points: readonly Row[],
): void {
  const found = points.filter((point) => isOf(scenario, point, expected));
  list.compare(scenario.name, 'points', found.map(summary), expected.map(summary));
  const [only] = expected;
  // A request that is recorded as finished must match what the client received.
  if (expected.length === 1 && only!.outcome === 'finished') {
    list.compare(scenario.name, 'the status that the client sees', statusOf(answer), only!.status);
  }
  for (const [index, point] of found.entries()) compareFields(list, scenario.name, point, expected[index]);
}

/**
 * Whether a point belongs to a scenario: by its path, else by its method, which is unique among scenarios without a
 * path.
 */
function isOf({ path }: Scenario, point: Row, expected: readonly Expected[]): boolean {
  if (path !== undefined) return point.path === path;
  return !point.path && expected.some(({ method }) => method === point.method);
}

const summary = ({ method, route, status, outcome }: Row | Expected): string =>
  `${method} ${route} ${status} ${outcome}`;

function compareFields(list: Differences, about: string, point: Row, expected: Expected | undefined): void {
  const lasted = Number(point.application_time) - Number(point.first_byte_time);
  for (const [name, wanted] of Object.entries(expected?.fields ?? {})) {
    const value = name === 'lasted' ? lasted : (point[name] ?? null);
    if (typeof wanted !== 'function') list.compare(about, name, value, wanted);
    else if (!wanted(Number(value))) list.add(about, `${name}\n  found    ${show(value)}`);
  }
}

function compareSequence(list: Differences, points: readonly Row[], sent: number): void {
  const sequences = points.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b);
  const all = Array.from({ length: sent }, (_, index) => index + 1);
  list.compare('nothing is there twice and nothing is missing', 'sequence', sequences, all);
}

function compareBars(list: Differences, points: readonly Row[]): void {
  for (const point of points) {
    const { time, start_time, application_time, slot, in_flight } = point;
    const seconds = Number(BigInt(time as bigint) - BigInt(start_time as bigint)) / 1e9;
    if (Math.abs(seconds - Number(application_time)) < 1e-6 && Number(slot) >= 1 && Number(in_flight) >= 1)
      continue;
    list.add('every point is a bar from its start to its end, in a slot', show(point));
  }
}

function compareStats(list: Differences, recorded: ProgramRun): void {
  const about = 'the adapter counts what it has recorded';
  const { recorded: count, acknowledged, hookErrors } = recorded.ended.stats;
  list.compare(about, 'recorded', count, recorded.points.length);
  list.compare(about, 'acknowledged', acknowledged, recorded.points.length);
  list.compare(about, 'hookErrors', hookErrors, HOOK_ERRORS);
}

/** The options `route` and `requestTags` fail in the one request that makes them fail. */
const HOOK_ERRORS = 2;

/**
 * Requests without a context. The application creates it in the `request` event of its server, which these do not
 * have. The response to the last one is written in an event of its connection.
 */
const WITHOUT_CONTEXT = [
  '',
  '/live',
  '/refused',
  'example.com:443',
  pathTo('items', 'injected'),
  pathTo('raw', 'half-open'),
];

function compareHooks(list: Differences, { ended, points }: ProgramRun): void {
  list.compare('hooks are called once for each request', 'calls', ended.stats.tagged, points.length);
  for (const { path, outcome, context } of points) {
    if (path === pathTo('items', 'hooks')) continue; // there they fail
    const expected = WITHOUT_CONTEXT.includes(String(path ?? '')) ? 'none' : 'own';
    const about = 'hooks are called in the context of their request';
    list.compare(about, `context of ${path}, ${outcome}`, context, expected);
  }
}

function compareEnd(list: Differences, recorded: ProgramRun, bare: ProgramRun): void {
  const about = 'the program ends as it would, and says nothing more';
  list.compare(about, 'status', recorded.ended.status, 0);
  list.compare(about, 'stderr', withoutPid(recorded.ended.stderr), withoutPid(bare.ended.stderr));
}

function compareEvents(list: Differences, recorded: ProgramRun, bare: ProgramRun): void {
  const about =
    'the application sees the same events, and one more listener for `close` of the response and of the connection';
  if (recorded.witnessed.size === 0) list.add(about, 'none was seen');
  for (const [path, { events, listeners }] of recorded.witnessed) {
    const without = bare.witnessed.get(path);
    list.compare(about, `events of ${path}`, events, without?.events);
    const expected = { ...without?.listeners };
    for (const name of ['response close', 'connection close']) expected[name] = (expected[name] ?? 0) + 1;
    list.compare(about, `listeners of ${path}`, listeners, expected);
  }
}

/** Cuts two long texts to the part around their first difference. */
function apart(a: string, b: string): [string, string] {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const from = same > 60 ? same - 40 : 0;
  return [a.slice(from), b.slice(from)];
}

const show = (value: unknown): string =>
  inspect(value, { breakLength: 160, maxStringLength: 200, maxArrayLength: 40 }).replaceAll(
    '\n',
    '\n           ',
  );

const withoutDate = (answer: string): string => answer.replace(/^date: .*$/gim, 'date');

const withoutPid = (text: string): string => text.replace(/\(node:\d+\)/g, '(node)');
