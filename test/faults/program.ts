// The application under load while something goes wrong: one process, or the workers of a cluster.
// Arguments: the number of workers, 0 for none; how the library comes into it, and which. The settings are in the
// environment.
import cluster, { type Worker } from 'node:cluster';
import type { rawRequests } from '../../src/index.ts';
import { type Door, route, serve } from './server.ts';

const [workers = '0', door = 'middleware', library = ''] = process.argv.slice(2);
type Library = { rawRequests: typeof rawRequests };

const SAMPLE_MS = 100;

if (cluster.isPrimary && workers !== '0') {
  const all: Worker[] = Array.from({ length: Number(workers) }, () => cluster.fork());
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    if (++listening === all.length) process.send?.({ port });
  });
  // What workers say, the parent hears, and the reverse.
  cluster.on('message', (_worker, message) => process.send?.(message));
  process.on('message', (message) => {
    for (const worker of all) worker.send(message as string);
  });
  process.on('disconnect', () => cluster.disconnect());
} else {
  const exports = door === 'none' ? undefined : ((await import(library)) as Library);
  let exitAt = 0;
  process.on('exit', () => {
    exitAt = performance.now();
  });
  const record = exports?.rawRequests(door === 'register' ? {} : { route });
  const { port, sample } = await serve(door as Door, record);
  process.on('exit', () => process.stdout.write(`exit took ${Math.round(performance.now() - exitAt)} ms\n`));
  const say = (message: object) => process.connected && process.send?.(message, undefined, {}, () => {});
  if (!cluster.isWorker) say({ port });
  setInterval(() => say({ sample: sample() }), SAMPLE_MS).unref();
  process.on('message', (message) => {
    if (message === 'flush') void record?.flush();
    if (message === 'exit') process.exit(0);
  });
  process.on('disconnect', () => process.exit(0));
}
