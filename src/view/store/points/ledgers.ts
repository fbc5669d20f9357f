import { copyOf } from '../../../safety/foreign-text.ts';
import type { Ledger } from '../../shared/feed.ts';
import { fieldName, Kind, type Line, milliseconds } from '../line-protocol/line.ts';
import { BoundedMap } from './bounded-map.ts';
import { MAX_NAME_LENGTH, type Source } from './source.ts';

/** The most processes whose ledger is stored. */
const MAX_LEDGERS = 256;
const MAX_FIELDS = 16;

/** The newest ledger of each process that reports one. */
export class Ledgers {
  readonly #bySource: BoundedMap<{ newest: Ledger }>;

  constructor(clock: () => number) {
    this.#bySource = new BoundedMap(MAX_LEDGERS, clock);
  }

  add({ id, tags }: Source, line: Line): void {
    const at = milliseconds(line);
    const kept = this.#bySource.get(id, () => ({ newest: { tags, at, fields: {} } }));
    // An older one was delivered again.
    if (kept === undefined || kept.newest.at > at) return;
    kept.newest = { tags, at, fields: numbersOf(line) };
  }

  list(): Ledger[] {
    return this.#bySource.values().map(({ newest }) => newest);
  }
}

function numbersOf(line: Line): Record<string, number> {
  const numbers: [string, number][] = [];
  for (let field = 0; field < Math.min(line.fields, MAX_FIELDS); field++) {
    if (line.kind[field] === Kind.text) continue;
    numbers.push([copyOf(fieldName(line, field), MAX_NAME_LENGTH), line.value[field]!]);
  }
  return Object.fromEntries(numbers);
}
