import { whoListens } from './identify-listener.ts';
import type { Sender } from './send.ts';

/**
 * Sends nothing to the view's port while another program has it: who listens there is asked before the first attempt
 * and after each that failed.
 */
export function onlyToView(sender: Sender, url: string): Sender {
  let isView = false;
  const send: Sender['send'] = async (body) => {
    if (!isView) {
      const listener = await whoListens(url);
      if (listener !== 'view') {
        const reason = listener === 'nobody' ? 'nobody listens there' : 'another program listens there';
        return { kind: 'retry', reason, afterMs: 0, uncertain: false, held: false };
      }
      isView = true;
    }
    const verdict = await sender.send(body);
    if (verdict.kind === 'retry') isView = false;
    return verdict;
  };
  return { send, close: () => sender.close() };
}
