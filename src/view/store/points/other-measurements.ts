import { copyOf } from '../../../safety/foreign-text.ts';
import type { Other } from '../../shared/feed.ts';
import { fieldName, Kind, type Line, milliseconds } from '../line-protocol/line.ts';
import { BoundedMap } from './bounded-map.ts';
import { MAX_NAME_LENGTH, type Source } from './source.ts';

/** The most series of other measurements. */
const MAX_SERIES = 64;
/** The most points of each series. */
const MAX_POINTS = 120;

/** The fields of this library's measurements that are stored. */
const OWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'process-info': ['cpu', 'memory'],
  'request-metrics': ['event_loop_delay_max', 'event_loop_utilization'],
  // An event is no curve: its only number is how long the process has run.
  'process-event': [],
};

interface Points {
  readonly source: Source;
  readonly field: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  written: number;
}

/** The newest points of other measurements, by their first numeric field. */
export class OtherMeasurements {
  readonly #series: BoundedMap<Points>;
  #points = 0;

  constructor(clock: () => number) {
    this.#series = new BoundedMap(MAX_SERIES, clock);
  }

  /** The number of points received. */
  get points(): number {
    return this.#points;
  }

  add(source: Source, line: Line): void {
    this.#points++;
    for (const field of fieldsToKeep(source.measurement, line)) {
      const name = copyOf(fieldName(line, field), MAX_NAME_LENGTH);
      const series = this.#series.get(source.id + name, () => emptySeries(source, name));
      if (series === undefined) continue;
      const at = series.written++ % MAX_POINTS;
      series.times[at] = milliseconds(line);
      series.values[at] = line.value[field]!;
    }
  }

  list(): Other[] {
    return this.#series.values().map(({ source, field, times, values, written }) => {
      const count = Math.min(written, MAX_POINTS);
      const points = Array.from({ length: count }, (_, i) => {
        const at = (written - count + i) % MAX_POINTS;
        return [times[at]!, values[at]!] as const;
      });
      return { measurement: source.measurement, tags: source.tags, field, points };
    });
  }
}

function emptySeries(source: Source, field: string): Points {
  const times = new Float64Array(MAX_POINTS);
  const values = new Float64Array(MAX_POINTS);
  return { source, field, times, values, written: 0 };
}

/** The first numeric field, or several fields of this library's own measurements. */
function fieldsToKeep(measurement: string, line: Line): number[] {
  const own = Object.hasOwn(OWN_FIELDS, measurement) ? OWN_FIELDS[measurement]! : undefined;
  const kept: number[] = [];
  for (let field = 0; field < line.fields; field++) {
    if (line.kind[field] === Kind.text) continue;
    if (own === undefined) return [field];
    if (own.includes(fieldName(line, field))) kept.push(field);
  }
  return kept;
}
