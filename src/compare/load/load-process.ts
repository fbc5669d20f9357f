import type { LoadAnswer, LoadOrder } from './messages.ts';
import { sendLoad } from './send-load.ts';

// The process that sends the load: a process of its own, so that its CPU time is that of the load alone.

const answer = (message: LoadAnswer): void => void process.send?.(message);

process.on('message', (order: LoadOrder) => {
  sendLoad(order, () => answer({ kind: 'measuring' })).then(
    (result) => answer({ kind: 'done', result }),
    (error: unknown) => answer({ kind: 'failed', reason: String(error) }),
  );
});
// Ctrl-C reaches the whole process group. The comparison ends this process.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
