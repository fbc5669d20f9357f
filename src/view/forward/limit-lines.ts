const MINUTE_MS = 60_000;

/** Passes on at most `most` lines a minute, whoever may be able to cause more; says how many were left out. */
export function limitLines(say: (text: string) => void, most = 20): (text: string) => void {
  let since = Number.NEGATIVE_INFINITY;
  let lines = 0;
  return (text) => {
    const now = performance.now();
    if (now - since >= MINUTE_MS) {
      if (lines > most) say(`${lines - most} more lines within the last minutes were left out`);
      since = now;
      lines = 0;
    }
    if (++lines <= most) say(text);
  };
}
