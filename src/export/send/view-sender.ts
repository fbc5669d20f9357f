import { identifyListener } from './identify-listener.ts';
import type { Sender } from './sender.ts';

/**
 * Sends nothing to the view's port while another program has it: who listens there is asked before the first attempt
 * and after each that failed.
 */
export function createViewSender(sender: Sender, url: string): Sender {
  let isView = false;
  const send: Sender['send'] = async (body) => {
    if (!isView) {
      const listener = await identifyListener(url);
      if (listener !== 'view') {
        const reason = listener === 'nobody' ? 'nobody listens there' : 'another program listens there';
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
