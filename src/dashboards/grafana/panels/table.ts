import type { Draft } from '../model.ts';
import { type About, panel } from './panel.ts';

/** A table. Several queries are merged into one table by their common columns, without times. */
export function table(
  about: About & {
    /** The columns in order. Others come last. */
    readonly columns: readonly string[];
    readonly hide?: readonly string[];
    /** The column to sort by, in descending order. */
    readonly sort: string;
  },
): Draft {
  const { columns, hide = [], sort, queries } = about;
  const draft = panel('table', about, {
    color: { mode: 'thresholds' },
    custom: { align: 'auto', displayMode: 'auto' },
    options: { showHeader: true, sortBy: [{ displayName: sort, desc: true }] },
    table: true,
  });
  return {
    ...draft,
    transformations: [
      // Each query has a time of its own, by which rows would not be merged.
      ...(queries.length > 1
        ? [
            { id: 'filterFieldsByName', options: { exclude: { names: ['Time'] } } },
            { id: 'merge', options: {} },
          ]
        : []),
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(hide.map((name) => [name, true])),
          indexByName: Object.fromEntries(columns.map((name, i) => [name, i])),
          renameByName: {},
        },
      },
    ],
  };
}
