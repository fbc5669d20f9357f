import { compile, NO_FILTER } from '../../../src/view/page/data/filter.ts';
import { diagnose } from '../../../src/view/page/diagnosis/diagnose.ts';
import { blockedIn, collect } from '../../../src/view/page/diagnosis/facts.ts';
import type { Finding } from '../../../src/view/page/diagnosis/finding.ts';
import { SHORTEST_BLOCK_S } from '../../../src/view/page/stalls/band.ts';
import { bandsOf } from '../../../src/view/page/stalls/band-of.ts';
import { Store } from '../../../src/view/store/store.ts';
import { PageOf } from './stored-page.ts';

/** What the page finds in lines of line protocol, all in view. @param now ms after {@link BASE} */
export function diagnosed(lines: string, now: number = Number.POSITIVE_INFINITY): Finding[] {
  const store = new Store(1_000_000);
  store.write(Buffer.from(lines), 1n);
  const page = new PageOf(store);
  const { rows, sets, texts } = page;
  const marks = store.marks
    .after(0)
    .filter(({ kind, seconds }) => kind !== 'blocked' || seconds >= SHORTEST_BLOCK_S);
  const bands = bandsOf(marks, rows, sets);
  const query = { from: rows.minEnd, to: rows.maxEnd + 1, matcher: compile(NO_FILTER, sets, texts) };
  const work = collect(rows.blocks, query, sets, blockedIn(bands, sets));
  for (;;) {
    const { done, value } = work.next();
    if (done) return diagnose(value, rows, { bands, open: [], now });
  }
}
