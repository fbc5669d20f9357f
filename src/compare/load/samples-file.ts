import type { Samples } from './messages.ts';

const HEAD = 'due,latency,service,status,size,request';
/** Of a time in s: µs, finer than which a client's clock does not tell. */
const DIGITS = 6;

/** Requests as CSV, a line for each; what is not known is empty. */
export function samplesText({ due, latency, service, status, size, request }: Samples): string {
  const time = (seconds: number) => (Number.isNaN(seconds) ? '' : seconds.toFixed(DIGITS));
  const lines = [HEAD];
  for (let i = 0; i < due.length; i++) {
    const times = `${time(due[i]!)},${time(latency[i]!)},${time(service[i]!)}`;
    lines.push(`${times},${status[i]},${size[i]},${request[i]}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Reads what {@link samplesText} has written. */
export function readSamples(text: Buffer): Samples {
  const count = Math.max(0, countOf(text) - 1);
  const due = new Float64Array(count);
  const latency = new Float64Array(count);
  const service = new Float64Array(count);
  const status = new Uint16Array(count);
  const size = new Float64Array(count);
  const request = new Uint16Array(count);
  const columns = [due, latency, service, status, size, request];
  let at = text.indexOf(LINE_FEED) + 1;
  for (let row = 0; row < count; row++) {
    const end = text.indexOf(LINE_FEED, at);
    const cells = text.toString('latin1', at, end).split(',');
    columns.forEach((column, i) => {
      column[row] = cells[i] ? Number(cells[i]) : Number.NaN;
    });
    at = end + 1;
  }
  return { due, latency, service, status, size, request };
}

const LINE_FEED = 10;

function countOf(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(LINE_FEED); at !== -1; at = text.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
