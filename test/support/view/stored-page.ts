import { type ExportKind, exportParts } from '../../../src/view/page/data/export-file.ts';
import { type Request, requestAt } from '../../../src/view/page/data/export-formats.ts';
import { compile, NO_FILTER } from '../../../src/view/page/data/filter.ts';
import { Rows } from '../../../src/view/page/data/rows.ts';
import { TagSets } from '../../../src/view/page/data/tags.ts';
import { decodeJson, encodeJson, encodeRows, FRAME_HEADER_BYTES } from '../../../src/view/shared/feed.ts';
import type { Store } from '../../../src/view/store/store.ts';
import { BASE } from './any-points.ts';

/** The state of a page that has read the whole feed of a store. */
export class PageOf {
  readonly sets = new TagSets();
  readonly texts = new Map<number, string>();
  readonly rows = new Rows(Number(BASE / 1_000_000n));

  constructor(store: Store) {
    const sent = <T>(content: T): T => decodeJson(encodeJson(0, content).subarray(FRAME_HEADER_BYTES));
    this.sets.add(sent(store.series.addedAfter(0).map(({ id, tags }) => ({ id, tags }))));
    for (const { id, text } of store.texts.addedAfter(0)) this.texts.set(id, text);
    for (const { chunk, row, count } of store.rows) {
      this.rows.add(encodeRows(chunk, 0, count, row).subarray(FRAME_HEADER_BYTES));
    }
  }

  requests(): Request[] {
    return this.rows.blocks.flatMap((block) =>
      Array.from({ length: block.to }, (_, index) => requestAt(block, index, this)),
    );
  }

  export(kind: ExportKind): string {
    const all = { from: -Number.MAX_VALUE, to: Number.MAX_VALUE, low: -Infinity, high: Infinity };
    // The whole time span.
    const { minEnd, maxEnd } = this.rows;
    const selection = {
      ...all,
      from: minEnd,
      to: maxEnd + 1,
      matcher: compile(NO_FILTER, this.sets, this.texts),
    };
    return [...exportParts(kind, this.rows, selection, this)].join('');
  }
}
