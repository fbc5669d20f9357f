// The worker thread's file as threads are started from it. In a bundle it lies beside the application's own files, and
// must never be taken for one of them, nor one of them for it: hence its name.
import './worker.ts';
