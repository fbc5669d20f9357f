// The token of `raw-requests view`.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('the token of raw-requests view', () => {
  function view(t: TestContext, args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [main, 'view', '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    t.after(() => child.kill('SIGKILL'));
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    return { child, out: () => out, errors: text(child.stderr) };
  }

  const LINE = 'raw-requests application_time=1';
  const asks = async (t: TestContext, args: readonly string[], env: Record<string, string> = {}) => {
    const started = view(t, args, env);
    while (!started.out().includes('Ctrl-C ends it')) await once(started.child.stdout, 'data');
    const [, url = '', query = ''] = /live view at (http:\/\/[^/\n]+)(\S*)/.exec(started.out())!;
    const write = async (token?: string) => {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Token ${token}` };
      return (await fetch(`${url}/write`, { method: 'POST', body: LINE, headers })).status;
    };
    return { ...started, url, query, write };
  };

  test('makes a token and prints it, where others reach it and none was given', async (t) => {
    const { out, query, write } = await asks(t, ['--host', '0.0.0.0']);
    const [, token = ''] = /^\/\?token=([\w-]{24})$/.exec(query)!;
    assert.ok(out().includes(` INFLUX_TOKEN=${token} `));
    assert.deepEqual([await write(), await write(token)], [401, 204]);
    const other = await asks(t, ['--host', '0.0.0.0']);
    assert.notEqual(other.query, query);
  });

  test('takes its token from the environment or a file, and does not print it', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'raw-requests-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "the view's token");
    await writeFile(file, 'a-token-from-the-file\n', { mode: 0o600 });
    for (const [args, env, token] of [
      [[], { RAW_REQUESTS_VIEW_TOKEN: 'a-token-from-the-environment' }, 'a-token-from-the-environment'],
      [['--token-file', file], { RAW_REQUESTS_VIEW_TOKEN: 'not-this-one-as-well' }, 'a-token-from-the-file'],
    ] as const) {
      const { child, out, errors, query, write } = await asks(t, args, env);
      assert.equal(query, '');
      assert.match(out(), /It requires the token\./);
      assert.deepEqual([await write(), await write(token)], [401, 204]);
      // What is printed as a command is one.
      const command = /INFLUX_TOKEN=(.*) node /.exec(out())![1]!;
      const { stdout } = await run('sh', ['-c', `printf %s ${command}`], { env: { ...process.env, ...env } });
      assert.equal(stdout, token);
      child.kill('SIGINT');
      await ended(child);
      assert.ok(!`${out()}${await errors}`.includes(token));
    }
  });

  test('says what is wrong or unsafe about a token', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'raw-requests-'));
    t.after(() => rm(folder, { recursive: true }));
    const [short, open] = [join(folder, 'short'), join(folder, 'open')];
    await writeFile(short, 'secret', { mode: 0o600 });
    await writeFile(open, 'a-token-that-all-can-read');
    await chmod(open, 0o644);
    for (const [args, message] of [
      [['--token', 'abc'], /^Expected `token` to be 16 to 512 ASCII characters without blanks, got a value/m],
      [
        ['--token-file', short],
        /^Expected the content of --token-file .*short to be 16 to 512 ASCII characters/,
      ],
      [['--token-file', join(folder, 'none')], /^--token-file .*none cannot be read: ENOENT/],
      [['--token-file', folder], /^--token-file .* cannot be read: EISDIR/],
      [['--token-file', '/dev/zero'], /^Expected the content of --token-file \/dev\/zero to be 16 to 512/m],
      [['--token', 'x', '--token-file', short], /^Expected only one of --token and --token-file, got both/],
    ] as const) {
      const { child, errors } = view(t, args);
      assert.equal(await ended(child), 1, args.join(' '));
      assert.match(await errors, message);
    }
    for (const [args, message] of [
      [['--token', 'a-token-that-ps-shows'], /^--token is visible in the list of processes/],
      [['--token-file', open], /^--token-file .*open can be read by every user of this machine: chmod 600/],
    ] as const) {
      const { child, errors } = await asks(t, args);
      child.kill('SIGINT');
      await ended(child);
      assert.match(await errors, message);
    }
  });
});
