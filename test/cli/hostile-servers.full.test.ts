import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UNPRINTABLE } from '../support/hostile/foreign.ts';
import { run } from '../support/run.ts';
import { listen } from '../support/server.ts';

// Commands against servers and files that mean harm: by what they say, and by what they are called.

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
/** Clears the screen, colours, sets the title, goes up a line, turns the text around, and hides. */
const HARM = '\x1b[2J\x1b[31m\x1b]0;mine\x07\x1b[1A\u202eterces\u200b\u2066\x9b2K\r';
const USER = 'anna';
const PASSWORD = 'Zwölf Boxkämpfer/%41';
const SPELLINGS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  encodeURI(PASSWORD),
  JSON.stringify(PASSWORD).slice(1, -1),
  Buffer.from(`${USER}:${PASSWORD}`).toString('base64'),
];

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Says the same harmful things whatever it is asked, in each part of an answer that is read. */
const harmful =
  (status: number): Answer =>
  (req, res) => {
    const text = `${HARM} \n ${SPELLINGS.join(' ')} ${req.headers.authorization ?? ''}`;
    const json = {
      ...{
        error: text,
        message: text,
        version: `2.1${text}`,
        name: 'influxdb',
        database: text,
        status: text,
      },
      ...{ id: 1, namespace: text, title: text, uid: 'raw-requests', buckets: [{ id: text }] },
      results: [{ error: text }],
    };
    res.writeHead(status, {
      'content-type': 'text/html\xad; \x9b',
      'x-influxdb-version': '1.8\x85\x9b31m',
    });
    res.end(JSON.stringify(json));
  };

/** JSON, and nothing that was expected: no names, wrong types, arrays in arrays. */
const senseless =
  (body: string): Answer =>
  (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(body);
  };

const ANSWERS: Readonly<Record<string, Answer>> = {
  'harm and 200': harmful(200),
  'harm and 401': harmful(401),
  'harm and 503': harmful(503),
  'a number': senseless('1'),
  'names without texts': senseless(
    '{"error":{"toString":1},"version":{"toString":1},"results":5,"database":[]}',
  ),
  'rows that are none': senseless(
    '{"version":"1.8","results":[{"series":[{"columns":5,"values":[[1],null]}]}]}',
  ),
  'arrays in arrays': senseless(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
};

function assertHarmless(output: string): void {
  for (const character of output.replaceAll('\n', '')) {
    assert.ok(!UNPRINTABLE.includes(character), JSON.stringify(output));
  }
  for (const text of SPELLINGS) assert.ok(!output.includes(text), `${text} in ${output}`);
  assert.doesNotMatch(output, /^\s+at .*:\d+:\d+/m, 'a stack');
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'raw-requests-hostile-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const settingsFor = (url: string) => ({
  INFLUX_URL: url,
  INFLUX_DATABASE: 'requests',
  INFLUX_USERNAME: USER,
  INFLUX_PASSWORD: PASSWORD,
  RAW_REQUESTS_TIMEOUT_MS: '2000',
});

describe('what hostile servers say rewrites no terminal and shows no secret', () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    test(`by doctor and grafana install: ${name}`, async (t) => {
      const { url } = await listen(t, answer);
      const install = ['grafana', 'install', '--grafana', url, '--user', `${USER}:${PASSWORD}`];
      const [doctor, json, grafana] = await Promise.all([
        run([MAIN, 'doctor'], settingsFor(url)),
        run([MAIN, 'doctor', '--json'], settingsFor(url)),
        run([MAIN, ...install, '--influx-version', '1'], settingsFor(url)),
      ]);
      for (const { stdout, stderr } of [doctor, json, grafana]) assertHarmless(stdout + stderr);
      assert.equal(doctor.stderr + json.stderr, '');
      assert.ok(doctor.status === 0 || doctor.status === 1);
      assert.equal(JSON.parse(json.stdout).exitCode, json.status);
    });
  }

  test('by grafana install, when it is one', async (t) => {
    const { url } = await listen(t, (req, res) => {
      const said = `${HARM} \n ${SPELLINGS.join(' ')}`;
      const health = { database: 'ok', version: `11.1${said}` };
      const bodies: Record<string, unknown> = {
        '/api/health': health,
        '/api/org': { id: 4, name: said },
        '/api/datasources': req.method === 'GET' ? [{ uid: 'raw-requests', name: said, readOnly: true }] : {},
        '/api/folders': req.method === 'GET' ? [{ uid: 'raw-requests-folder', id: 1, title: said }] : {},
        '/api/datasources/uid/raw-requests/health': { status: 'ERROR', message: said },
      };
      const body = bodies[req.url!.split('?')[0]!] ?? { message: said };
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const args = [
      'grafana',
      'install',
      '--grafana',
      url,
      '--user',
      `${USER}:${PASSWORD}`,
      '--influx-version',
      '1',
    ];
    const { stdout, stderr } = await run([MAIN, ...args], settingsFor(url));
    assertHarmless(stdout + stderr);
    assert.match(stdout, /^Grafana 11\.1\\x1b\[2J/);
  });

  test('by replay, of files with such names', async (t) => {
    const dir = folder(t);
    mkdirSync(join(dir, HARM));
    writeFileSync(join(dir, HARM, `${HARM}\nstored.lp`), 'm v=1 1\n');
    const { url } = await listen(t, harmful(400));
    const { stdout, stderr } = await run([MAIN, 'replay', dir], settingsFor(url));
    assertHarmless(stdout + stderr);
    assert.match(stdout, /\\x1b\[2J.*\\nstored\.lp {2}1 line rejected \(400 Bad Request: .*\*\*\*/);
    assert.doesNotMatch(stdout, /^stored/m);
    const dry = await run([MAIN, 'replay', '--dry-run', dir], {});
    assertHarmless(dry.stdout);
  });

  test('by processes', async (t) => {
    const { url } = await listen(t, harmful(400));
    const args = ['processes', '--type', 'node=node', '--once', '--interval', '0.1'];
    const { stdout, stderr } = await run([MAIN, ...args], settingsFor(url));
    assertHarmless(stdout + stderr);
    assert.match(stderr, /not stored: 400 Bad Request: .*\\x1b/);
  });

  test('by the command line itself', async () => {
    for (const args of [[HARM], ['view', '--port', HARM], ['doctor', `--${HARM}`], ['replay', HARM]]) {
      const { stdout, stderr, status } = await run([MAIN, ...args], {});
      assertHarmless(stdout + stderr);
      assert.ok(status! > 0);
    }
  });
});
