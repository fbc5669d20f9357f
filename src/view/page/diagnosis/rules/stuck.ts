import type { OpenNow } from '../../running/running.ts';
import type { Finding } from '../finding.ts';

/** A request without a response head for so long is stuck, ms. */
const STUCK_MS = 10_000;

/** Requests that are open and not answered. */
export function stuck(open: readonly OpenNow[]): Finding[] {
  const old = open.filter(({ answering, ageMs }) => !answering && ageMs >= STUCK_MS);
  const [oldest] = old;
  if (oldest === undefined) return [];
  const same = old.filter(
    ({ method, name, process }) =>
      method === oldest.method && name === oldest.name && process === oldest.process,
  );
  const more = old.length - same.length;
  return [
    {
      rule: 'stuck',
      sentence: [
        `${same.length === 1 ? 'A request' : `${same.length} requests`} of `,
        { name: `${oldest.method} ${oldest.name}` },
        ' in process ',
        { name: oldest.process },
        ` ${same.length === 1 ? 'has' : 'have'} been open for ${Math.floor(oldest.ageMs / 1000)} s without an answer${more > 0 ? `, and ${more} more` : ''}.`,
      ],
      filter: { process: oldest.process },
      span: undefined,
    },
  ];
}
