const MINUTE_MS = 60_000;

/**
 * Limits a log to `maxPerMinute` lines a minute, because clients may be able to cause lines. Logs how many were left
 * out.
 */
export function limitLogRate(say: (text: string) => void, maxPerMinute = 20): (text: string) => void {
  let since = Number.NEGATIVE_INFINITY;
  let lines = 0;
  return (text) => {
    const now = performance.now();
    if (now - since >= MINUTE_MS) {
      if (lines > maxPerMinute)
        say(`${lines - maxPerMinute} more lines within the last minutes were left out`);
      since = now;
      lines = 0;
    }
    if (++lines <= maxPerMinute) say(text);
  };
}
