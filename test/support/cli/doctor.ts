import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { examine } from '../../../src/cli/doctor/examine.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { type Point, parseLines } from '../line-protocol.ts';
import { listen } from '../server.ts';

export const main = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));
export const SECRET = 'open-sesame';

export interface Report {
  status: number | null;
  output: string;
  /** `level text` by the name of the check; several of one name come as lines. */
  found: Record<string, string>;
  findings: Finding[];
}

export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-doctor-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the built command with these settings and no others, in an empty folder. */
export async function run(
  t: TestContext,
  env: Record<string, string>,
  args: string[] = [],
  folder = folderOf(t),
) {
  const child = spawn(process.execPath, [main, 'doctor', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  assert.equal(errors, '');
  assert.doesNotMatch(output, new RegExp(`${SECRET}|${Buffer.from(SECRET).toString('base64')}`));
  return { status, output };
}

export async function doctor(
  t: TestContext,
  env: Record<string, string>,
  args: string[] = [],
  folder?: string,
): Promise<Report> {
  const { status, output } = await run(t, env, ['--json', ...args], folder);
  const { findings, exitCode } = JSON.parse(output) as { findings: Finding[]; exitCode: number };
  assert.equal(exitCode, status);
  const found: Record<string, string> = {};
  for (const { check, level, text } of findings) {
    found[check] = [found[check] ?? [], `${level} ${text}`].flat().join('\n');
  }
  return { status, output, found, findings };
}

/** The same in this process, which takes less time. */
export async function examined(env: Record<string, string>): Promise<Report> {
  const findings: Finding[] = [];
  const signal = new AbortController().signal;
  for await (const finding of examine({ env, folder: tmpdir(), version: '0', write: true, signal }))
    findings.push(finding);
  const status = findings.some(({ level }) => level === 'broken') ? 1 : 0;
  const found: Record<string, string> = {};
  for (const { check, level, text } of findings) found[check] = `${level} ${text}`;
  return { status, output: JSON.stringify(findings), found, findings };
}

export function levels({ findings }: Report): string {
  return findings.map(({ check, level }) => `${check}: ${level}`).join(', ');
}

export function adviceOf({ findings }: Report, name: string): string {
  const { next, command = '' } = findings.find(
    ({ check, level }) => check === name && level !== 'fine' && level !== 'skipped',
  )!;
  return `${next} ${command}`.trim();
}

export type Reply = [status: number, body?: string | object, headers?: OutgoingHttpHeaders];
export type Replies = Record<
  string,
  Reply | ((req: IncomingMessage, body: string, points: Point[]) => Reply)
>;

/** A server that answers `METHOD /path` as told, else with 404; it keeps what was written with 204. */
export async function scripted(t: TestContext, replies: Replies) {
  const asked: string[] = [];
  const points: Point[] = [];
  const { url } = await listen(t, async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const body = (req.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
    const question = `${req.method} ${req.url!.split('?')[0]}`;
    asked.push(`${req.method} ${req.url}`);
    const reply = replies[question] ?? [404, '404 page not found'];
    const [status, answer = '', headers] = typeof reply === 'function' ? reply(req, body, points) : reply;
    if (/write$/.test(question) && status === 204) points.push(...parseLines(body));
    res.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  return { url, asked, points };
}

export const writeFor =
  (token: string, empty: Reply): Replies[string] =>
  (req, body) => {
    if (req.headers.authorization !== `Token ${token}`) {
      return [
        401,
        { code: 'unauthorized', message: `unauthorized access with ${req.headers.authorization}` },
      ];
    }
    return body === '' ? empty : [204];
  };

/** Answers a SELECT with the points written. */
export const select: Replies[string] = (_req, _body, points) => {
  const values = points.map(({ time, tags, fields }) => [time, tags.check, fields.value]);
  const text = `[${values.map(([time, check]) => `[${time},"${check}",${BigInt(time as bigint) + 1n}]`)}]`;
  return [200, `{"results":[{"series":[{"columns":["time","check","value"],"values":${text}}]}]}`];
};

export const version2: OutgoingHttpHeaders = { 'X-Influxdb-Version': 'v2.9.1', 'X-Influxdb-Build': 'OSS' };
export const influx2: Replies = {
  'GET /ping': [204, '', version2],
  'GET /health': [200, { name: 'influxdb', status: 'pass', version: 'v2.9.1' }],
  'POST /api/v2/write': writeFor(SECRET, [400, { code: 'invalid', message: 'writing requires points' }]),
  'GET /api/v2/buckets': [
    200,
    { buckets: [{ id: '1', orgID: 'o1', name: 'b', retentionRules: [{ everySeconds: 3600 }] }] },
  ],
  'GET /query': select,
  'POST /api/v2/delete': [204],
};
export const bucket = { INFLUX_BUCKET: 'b', INFLUX_ORG: 'o', INFLUX_TOKEN: SECRET };
