import { contrasts, sum } from '../contrast.ts';
import type { Facts } from '../facts.ts';
import { type Finding, filterOf, percent, where } from '../finding.ts';

/** Fewer failures are not examined. */
const MIN_FAILED = 5;
/** Failures that are like the other requests are named from this share on, if there are so many. */
const MIN_SHARE = 0.05;
const MIN_SPREAD = 20;

/** Requests with a status of 5xx: in what they differ from the others; or that they are many. */
export function errors({ failed, count, total, sets }: Facts): Finding[] {
  const odds = sum(failed);
  if (odds < MIN_FAILED) return [];
  const status = statusOf(failed, sets.tags);
  const found = contrasts(failed, count, sets);
  const [first] = found;
  if (first === undefined) {
    if (odds < MIN_SPREAD || odds < MIN_SHARE * total) return [];
    const sentence = [
      `${percent(odds / total)} of the requests failed${status}, in all processes and routes alike.`,
    ];
    return [{ rule: 'errors', sentence, filter: { status: '5xx' }, span: undefined }];
  }
  const { odd } = found.at(-1)!;
  const outside = (odds - first.odd) / (first.alls - first.all);
  const elsewhere = odds === first.odd ? 'nowhere else' : `${percent(outside)} of the requests elsewhere`;
  return [
    {
      rule: 'errors',
      sentence: [
        `${odd === odds ? `All ${odds}` : `${odd} of ${odds}`} failed requests${status} are`,
        ...where(found),
        `, where ${percent(odd / found.at(-1)!.all)} of the requests fail; ${elsewhere}.`,
      ],
      filter: { ...filterOf(found), status: '5xx' },
      span: undefined,
    },
  ];
}

/** The status that nearly all of them have. */
function statusOf(failed: Uint32Array, tags: Facts['sets']['tags']): string {
  const byStatus = new Map<string, number>();
  failed.forEach((n, id) => {
    if (n > 0) byStatus.set(tags[id]!.status!, (byStatus.get(tags[id]!.status!) ?? 0) + n);
  });
  const [most] = [...byStatus].sort((a, b) => b[1] - a[1]);
  return most !== undefined && most[1] >= 0.9 * sum(failed) ? ` with status ${most[0]}` : '';
}
