/** A parsed point. */
export interface Point {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, string | number>;
  /** ns since 1970. */
  time: bigint;
}

/** Parses lines as InfluxDB does. It is strict, so that an invalid line fails a test. */
export function parseLines(text: string): Point[] {
  return text.split('\n').filter(Boolean).map(parseLine);
}

function parseLine(line: string): Point {
  const match = /^((?:\\.|[^ \\])+) ((?:"(?:\\.|[^"\\])*"|[^ "])+) (\d+)$/su.exec(line);
  if (match === null) throw new Error(`not line protocol: ${line}`);
  const [measurement = '', ...tags] = split(match[1]!);
  return {
    measurement,
    tags: Object.fromEntries(tags.map((tag) => pair(tag))),
    fields: Object.fromEntries(
      match[2]!.match(/[^,=]+=(?:"(?:\\.|[^"\\])*"|[^,]+)/gu)!.map((field) => {
        const [name, value] = pair(field);
        if (value.startsWith('"')) return [name, value.slice(1, -1).replace(/\\(["\\])/g, '$1')];
        if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?i?$/.test(value)) throw new Error(`not a number: ${field}`);
        return [name, Number(value.replace(/i$/, ''))];
      }),
    ),
    time: BigInt(match[3]!),
  };
}

function split(series: string): string[] {
  return series.split(/(?<!\\),/);
}

function pair(text: string): [string, string] {
  const at = text.search(/(?<!\\)=/);
  if (at < 1) throw new Error(`not a key and a value: ${text}`);
  return [text.slice(0, at), text.slice(at + 1).replace(/\\([,= ])/g, '$1')];
}
