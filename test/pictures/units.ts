const scaled = (value: number, base: number, names: readonly string[]): string => {
  let power = 0;
  let rest = Math.abs(value);
  while (rest >= base && power < names.length - 1) {
    rest /= base;
    power++;
  }
  return `${digits(value / base ** power)}${names[power]}`;
};

function digits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return String(value);
  return value
    .toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** A value as Grafana writes it in these units, about. */
export function format(unit: unknown, value: number): string {
  switch (unit) {
    case 's':
      if (value === 0) return '0 s';
      if (Math.abs(value) < 1e-3) return `${digits(value * 1e6)} µs`;
      return Math.abs(value) < 1 ? `${digits(value * 1e3)} ms` : `${digits(value)} s`;
    case 'reqps':
      return `${scaled(value, 1000, ['', 'K', 'M'])} req/s`;
    case 'percentunit':
      return `${digits(value * 100)}%`;
    case 'percent':
      return `${digits(value)}%`;
    case 'bytes':
      return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB']);
    case 'Bps':
      return scaled(value, 1000, [' B/s', ' kB/s', ' MB/s']);
    case 'locale':
      return value.toLocaleString('en');
    case 'short':
      return scaled(value, 1000, ['', 'K', 'Mil']);
    default:
      return digits(value);
  }
}
