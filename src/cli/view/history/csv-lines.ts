import { escapeTag, escapeText } from '../../../export/encode/escape.ts';

/** How the values of a field are written in line protocol. Other fields are left out. */
export type FieldKinds = Readonly<Record<string, 'float' | 'integer' | 'text'>>;

/** The fields of a request that a view stores. */
export const REQUEST_FIELDS: FieldKinds = {
  application_time: 'float',
  first_byte_time: 'float',
  queue_time: 'float',
  bytes_in: 'integer',
  bytes_out: 'integer',
  connection_requests: 'integer',
  in_flight: 'integer',
  sequence: 'integer',
  slot: 'integer',
  start_time: 'integer',
  path: 'text',
  trace_id: 'text',
};

/** More keys than this are forgotten. */
const MAX_KEYS = 50_000;

/** Converts rows of an InfluxDB's CSV to line protocol. The first row has the names of the columns. */
export class CsvLines {
  readonly #measurement: string;
  readonly #isTag: ReadonlySet<string>;
  readonly #fields: FieldKinds;
  #columns: readonly string[] | undefined;
  #tagColumns: readonly number[] = [];
  #fieldColumns: readonly number[] = [];
  #time = -1;
  /** Measurement and tags in line protocol, by the values of the tags. */
  readonly #keys = new Map<string, string>();

  constructor(measurement: string, tags: readonly string[], fields: FieldKinds) {
    this.#measurement = measurement;
    this.#isTag = new Set(tags);
    this.#fields = fields;
  }

  /** The line of a row; empty for the names of the columns, or if it has none of the fields. */
  line(row: string): string {
    const values = row.includes('"') ? quoted(row) : row.split(',');
    if (this.#columns === undefined || values[0] === 'name') {
      this.#begin(values);
      return '';
    }
    let fields = '';
    for (const column of this.#fieldColumns) {
      const value = values[column];
      if (value === undefined || value === '') continue;
      const name = this.#columns[column]!;
      const kind = this.#fields[name];
      const text = kind === 'integer' ? `${value}i` : kind === 'text' ? `"${escapeText(value)}"` : value;
      fields += `${fields === '' ? '' : ','}${name}=${text}`;
    }
    return fields === '' ? '' : `${this.#keyOf(values)} ${fields} ${values[this.#time]}\n`;
  }

  #begin(names: readonly string[]): void {
    const columnsOf = (is: (name: string) => boolean) =>
      [...names.keys()].filter((column) => column > 1 && is(names[column]!));
    this.#columns = names;
    this.#time = names.indexOf('time');
    this.#tagColumns = columnsOf((name) => this.#isTag.has(name));
    this.#fieldColumns = columnsOf((name) => Object.hasOwn(this.#fields, name) && !this.#isTag.has(name));
  }

  #keyOf(values: readonly string[]): string {
    const own = this.#tagColumns.map((column) => values[column]).join('\n');
    let key = this.#keys.get(own);
    if (key === undefined) {
      key = this.#measurement;
      for (const column of this.#tagColumns) {
        const value = values[column];
        if (value) key += `,${escapeTag(this.#columns![column]!)}=${escapeTag(value)}`;
      }
      if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
      this.#keys.set(own, key);
    }
    return key;
  }
}

/** The values of a row of CSV, some of which are quoted (RFC 4180). */
function quoted(row: string): string[] {
  const values: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gy;
  for (const [, inQuotes, plain = ''] of row.matchAll(pattern))
    values.push(inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"'));
  return values;
}
