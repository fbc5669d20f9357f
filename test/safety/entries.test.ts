import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/spooling.ts';
import { ELSEWHERE, unguardedEntries } from './entries.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Places where what is given away is not behind the guard, each with the reason why it need not be. */
const MAY_THROW: Readonly<Record<string, string>> = {
  'capture/hooks/messages.ts: open.context.runInAsyncScope': 'called within it, in a `try` of `Hooks`',
  'view/server/task-scheduler.ts: waiting.task.step': 'called within it, in a `try`',
  'signals.ts: process.prependListener': 'what is not behind the guard in it ends the process by the signal',
  'adapters/fastify.ts: Object.assign': 'the plugin itself, which rejects when a setting is wrong',
  'adapters/fetch.ts: Object.defineProperty': 'the wrapped handler, which throws what the handler throws',
  'capture/fetch/body.ts: Object.defineProperty':
    'the body of a response, which throws what that body throws',
  'capture/fetch/body.ts: new ReadableStream<Uint8Array>': 'the same',
  'adapters/lambda.ts: Object.defineProperties': 'the wrapped handler, which throws what the handler throws',
  'export/lines/lines.ts: promisify<Uint8Array, object, Buffer>':
    "Node's own functions, whose promise is awaited",
  'export/send/sender.ts: new InfluxDB': 'called within `transport.send`, in a `try`',
  'register.ts: subscribe':
    'sets a flag and asks for the next tick: where nothing is recorded, not even the guard is loaded',
  'register.ts: process.nextTick': 'has a `try` of its own around all of it, for the same reason',
};

/** The middleware and its methods throw nothing; `middleware.ts` is read as well. */
const MIDDLEWARE =
  /^adapters\/\w+\.ts: (?:Object\.assign|server\.expose|server(?:\?|\.listener)\.prependListener\S*\('request'\))$/;

/** What false clocks of tests take the place of. */
const EXCHANGEABLE = /\b(?:Date\.now|performance\.now|set(?:Timeout|Interval|Immediate)|queueMicrotask)\(/;

describe('what Node, a package or the application calls', () => {
  test('is behind the guard, wherever it is given away', () => {
    const unguarded = unguardedEntries(ROOT)
      .filter(({ name }) => !(name in MAY_THROW) && !MIDDLEWARE.test(name))
      .map(({ name, line }) => `${name}, line ${line}`);
    assert.deepEqual(unguarded, []);
  });

  test('has the clocks and timers of safety/time.ts, which an application cannot exchange', () => {
    const users = sourcesIn(join(ROOT, 'src')).filter((file) => {
      // The live view has a thread of its own, with globals of its own.
      if (ELSEWHERE.test(file) || /^(?:view\/|safety\/time)/.test(file)) return false;
      return EXCHANGEABLE.test(readFileSync(join(ROOT, 'src', file), 'utf8'));
    });
    assert.deepEqual(users, []);
  });

  test('would be found if it were not', (t) => {
    const root = temporaryFolder(t);
    const src = join(root, 'src');
    mkdirSync(join(src, 'safety'), { recursive: true });
    cpSync(join(ROOT, 'tsconfig.json'), join(root, 'tsconfig.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    for (const file of ['guard.ts', 'thrown.ts'])
      cpSync(join(ROOT, 'src/safety', file), join(src, 'safety', file));
    writeFileSync(
      join(src, 'entries.ts'),
      `
import { subscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { ServerResponse } from 'node:http';
import { caught, guarded } from './safety/guard.ts';
interface Framework { addHook(name: string, hook: () => void): void }
const work = (): void => void JSON.parse('{');
const safe = guarded('a', work);
const emitter = new EventEmitter();
declare const framework: Framework;
// Found, one by line:
emitter.on('event', work);
emitter.once('event', () => work());
process.prependListener('exit', () => { try { work(); } catch {} });
setTimeout(work, 1);
queueMicrotask(() => { const one = work(); return one; });
subscribe('channel', function onMessage() { work(); });
framework.addHook('onRequest', () => { work(); });
new Promise<void>((resolve) => resolve()).then(work);
void Promise.reject(new Error());
ServerResponse.prototype.end = function end() { work(); return this; };
Object.defineProperty(emitter, 'emit', { value: () => { work(); } });
new Proxy(emitter, { get() { work(); return 1; } });
// Not found:
emitter.on('event', safe);
emitter.on('event', guarded('b', () => work()));
emitter.on('event', () => { try { work(); } catch (error) { caught('c', error); } });
emitter.on('event', () => {});
setImmediate(method);
function method(): void { try { work(); } catch (error) { caught('d', error); } }
emitter.off('event', work);
[1].map(() => work());
const later = new Promise<void>((resolve) => { emitter.once('event', resolve); });
await later;
`,
    );
    const lines = unguardedEntries(root).map(({ line }) => line);
    assert.deepEqual([...new Set(lines)], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
  });
});

function sourcesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.map((file) => file.replaceAll('\\', '/')).filter((file) => file.endsWith('.ts'));
}
