import { parentPort, workerData } from 'node:worker_threads';
import { onFault } from '../../safety/guard.ts';
import type { ForwardTarget } from './forward.ts';
import { openViewer, resolveViewer } from './viewer.ts';

// The thread that serves the live view within an application.

export interface ThreadSetup {
  readonly port: number;
  readonly forward: ForwardTarget | undefined;
}

export type FromThread =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly reason: string }
  /** What is passed on to is no longer reached, or again. */
  | { readonly type: 'forward'; readonly text: string }
  /** Something within the view went wrong; it goes on. */
  | { readonly type: 'fault'; readonly kind: string; readonly error: Error };

const { port, forward } = workerData as ThreadSetup;
const tell = (message: FromThread) => parentPort?.postMessage(message);
onFault(({ kind, error }) => tell({ type: 'fault', kind: `the live view: ${kind}`, error }));

try {
  const resolved = { ...resolveViewer({ port }), forward };
  const { url } = await openViewer(resolved, { say: (text) => tell({ type: 'forward', text }) });
  tell({ type: 'listening', url });
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  tell({ type: 'failed', code, reason: message });
}
