import { formatSeconds } from '../../format.ts';
import { contrasts } from '../contrast.ts';
import type { Facts } from '../facts.ts';
import { type Finding, filterOf, type Part, percent, where } from '../finding.ts';

const MIN_ABORTED = 5;
/** Clients with the same time-out give up within this ratio of times. */
const RATIO = 1.1;
/** So many of the aborted requests have to be that close together. */
const MIN_SHARE = 0.7;
/** Shorter times are no time-outs, s. */
const SHORTEST_S = 0.1;

/** Requests that clients gave up: in what they differ from the others, and whether they waited for the same time. */
export function aborts({ aborted, count, sets }: Facts): Finding[] {
  const total = aborted.length;
  if (total < MIN_ABORTED) return [];
  const odd = new Uint32Array(count.length);
  for (let i = 0; i < total; i++) odd[aborted.series[i]!]!++;
  const found = contrasts(odd, count, sets);
  const rows = [...aborted.series.subarray(0, total).keys()];
  const own = rows.filter((i) => found.every(({ has }) => has(aborted.series[i]!)));
  const times = cluster(own.map((i) => aborted.seconds[i]!));
  if (found.length === 0 && times === undefined) return [];
  const filter = { ...filterOf(found), outcome: 'aborted' };
  const counted = own.length === total ? `All ${total}` : `${own.length} of ${total}`;
  const place: Part[] = found.length === 0 ? [] : [' are', ...where(found)];
  if (times === undefined) {
    const last = found.at(-1)!;
    const share = `, which has ${percent(last.all / last.alls)} of the requests.`;
    const sentence = [`${counted} aborted requests`, ...place, share];
    return [{ rule: 'aborts', sentence, filter, span: undefined }];
  }
  const { low, high, size } = times;
  const which = size === own.length ? (found.length === 0 ? '' : ' and') : `; ${size} of these`;
  const sentence = [
    `${counted} aborted requests`,
    ...place,
    `${which} ended ${formatSeconds(low)} to ${formatSeconds(high)} after their start: clients gave up at a time-out of ${timeOut(low)}.`,
  ];
  return [{ rule: 'time-outs', sentence, filter, span: undefined }];
}

/** The most times that are close to each other, if they are most of them. */
function cluster(seconds: number[]): { low: number; high: number; size: number } | undefined {
  const sorted = seconds.sort((a, b) => a - b);
  let [first, size] = [0, 0];
  for (let from = 0, to = 0; from < sorted.length; from++) {
    while (to < sorted.length && sorted[to]! <= sorted[from]! * RATIO) to++;
    if (to - from > size) [first, size] = [from, to - from];
  }
  if (size < MIN_ABORTED || size < MIN_SHARE * sorted.length || sorted[first]! < SHORTEST_S) return undefined;
  return { low: sorted[first]!, high: sorted[first + size - 1]!, size };
}

/** The time-out that people set: 2 s for 2.003 s. */
function timeOut(seconds: number): string {
  const step = 10 ** Math.floor(Math.log10(seconds)) / 10;
  const round = Math.floor(seconds / step + 0.05) * step;
  return formatSeconds(round)
    .replace(/\.0+ /, ' ')
    .replace(/(\.\d*[1-9])0+ /, '$1 ');
}
