import { identifyListener } from './identify-listener.ts';
import type { Sender } from './sender.ts';

/** The reason of a failed attempt while no program has the view's port. */
export const NO_LISTENER = 'no program listens there';

/**
 * Wraps a sender so that it sends nothing while another program has the view's port. It identifies the listener
 * before the first attempt, and after each failed one.
 */
export function createViewSender(sender: Sender, url: string): Sender {
  let isView = false;
  const send: Sender['send'] = async (body) => {
    if (!isView) {
      const listener = await identifyListener(url);
      if (listener !== 'view') {
        const reason = listener === 'none' ? NO_LISTENER : 'another program listens there';
        return { kind: 'retry', reason, afterMs: 0, maybeStored: false, denied: false };
      }
      isView = true;
    }
    const verdict = await sender.send(body);
    if (verdict.kind === 'retry') isView = false;
    return verdict;
  };
  return { send, close: () => sender.close() };
}
