/**
 * What the worker thread runs: its file, or the text of a program. `npm run build` replaces this module by the text of all
 * that `worker.ts` imports (`scripts/worker-program.js`). A thread that is started from a text needs no file, so none is
 * missing in a bundle, in a zip or in a single executable; and it starts sooner, since no modules have to be found.
 */
export const workerProgram: string | URL = new URL('./worker.js', import.meta.url);
