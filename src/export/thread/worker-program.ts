/**
 * The program of the worker thread: a file, or a text. `npm run build` replaces this module by a text that contains
 * `worker.ts` and all of its imports (`scripts/worker-program.js`). A thread that is started from a text needs no file,
 * so it works in a bundle, a zip and a single executable. It also starts sooner, because no modules are resolved.
 */
export const workerProgram: string | URL = new URL('./worker.js', import.meta.url);
