// Formats numbers and times.

/** 1 000 000, with non-breaking spaces. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** 12.3 ms: three digits and a suitable unit. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 999.5e-9) return `${threeDigits(seconds * 1e9)} ns`;
  if (size < 999.5e-6) return `${threeDigits(seconds * 1e6)} µs`;
  if (size < 0.9995) return `${threeDigits(seconds * 1e3)} ms`;
  if (size < 99.95) return `${threeDigits(seconds)} s`;
  return `${formatCount(seconds)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${threeDigits(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${threeDigits(bytes / 1e6)} MB`;
  return `${threeDigits(bytes / 1e9)} GB`;
}

/** 12 300 /s, 0.25 /s */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '–';
  if (perSecond >= 99.95 || perSecond % 1 === 0) return formatCount(perSecond);
  return String(Number(threeDigits(perSecond)));
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** Local time of day, 14:03:07, with the given number of digits of a second. */
export function formatTime(wallMs: number, digits = 0): string {
  const date = new Date(wallMs);
  const two = (part: number) => String(part).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (digits === 0) return time;
  const fraction = String(Math.floor((((wallMs % 1000) + 1000) % 1000) * 1000)).padStart(6, '0');
  return `${time}.${fraction.slice(0, digits)}`;
}

/** The offset of local times at that time: UTC, UTC+2, UTC-3:30 */
export function formatZone(wallMs: number): string {
  const minutes = -new Date(wallMs).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** 1.50 s after a start, with the given number of digits. */
export function formatElapsed(ms: number, digits = 0): string {
  return `${(ms / 1000).toFixed(digits)} s`;
}

/** 11-22 14:00, for times on different days. */
export function formatDay(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Date and time of day to the ns: 2026-11-22 14:03:07.123456789 */
export function formatNanoseconds(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  const date = new Date(ms);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${formatTime(ms)}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
}

/** 3 s, 4 min, 2 h */
export function formatAge(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${formatCount(ms / 86_400_000)} days`;
}
