import { parentPort, workerData } from 'node:worker_threads';
import { onFault, unawaited } from '../../safety/guard.ts';
import { openViewer, resolveViewer } from './viewer.ts';

// The thread that serves the live view within an application.

export interface ThreadSetup {
  readonly port: number;
  readonly token: string | undefined;
}

export type FromThread =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly reason: string }
  /** An error was caught in the view. */
  | { readonly type: 'fault'; readonly kind: string; readonly error: Error };

const { port, token } = workerData as ThreadSetup;
const tell = (message: FromThread) => parentPort?.postMessage(message);
onFault(({ kind, error }) => tell({ type: 'fault', kind: `the live view: ${kind}`, error }));

async function start(): Promise<void> {
  try {
    const { url } = await openViewer(resolveViewer({ port, token }));
    tell({ type: 'listening', url });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    tell({ type: 'failed', code, reason: message });
  }
}

unawaited('the start of the live view', start());
