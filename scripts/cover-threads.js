// Preloaded by `npm run coverage`: passes NODE_V8_COVERAGE to worker threads that are started without an environment,
// so that their coverage is written as well.
import { createRequire, syncBuiltinESMExports } from 'node:module';

const threads = createRequire(import.meta.url)('node:worker_threads');
const { NODE_V8_COVERAGE } = process.env;
const { Worker } = threads;

threads.Worker = class extends Worker {
  constructor(file, options = {}) {
    const { env } = options;
    const isOwn = typeof env === 'object' && env !== null;
    super(file, isOwn ? { ...options, env: { ...env, NODE_V8_COVERAGE } } : options);
  }
};
syncBuiltinESMExports();
