/** Requests of a shop with two processes, as line protocol: they end in the last `spanMs` before now. */
export function shopLines(count: number, spanMs: number): string[] {
  let seed = 7;
  const random = () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const base = BigInt(Date.now() - spanMs) * 1_000_000n;
  const free = [new Array<number>(400).fill(0), new Array<number>(400).fill(0)];
  return Array.from({ length: count }, (_, n) => {
    const start = (n / count) * spanMs;
    const worker = random() < 0.5 ? 0 : 1;
    const at = random();
    const [method, route, typical] = ROUTES.find(([, , , share]) => at < share)!;
    const rare = route === '/reports/:id' && random() < 0.3;
    const isStream = route === '/events';
    const ms = isStream ? 1500 + random() * 2500 : typical * (0.6 + random() ** 6 * 9) * (rare ? 25 : 1);
    const isAborted = random() < 0.0008;
    const status = isAborted
      ? '0'
      : random() < 0.0012
        ? '503'
        : route === '(static)' && random() < 0.1
          ? '304'
          : '200';
    const slot = free[worker]!.findIndex((until) => until <= start) + 1;
    free[worker]![slot - 1] = start + ms;
    const first = isAborted
      ? ''
      : `,first_byte_time=${((isStream ? 4 : ms * (0.5 + random() * 0.4)) / 1000).toFixed(6)}`;
    const end = base + BigInt(Math.round((start + ms) * 1e6));
    return (
      `raw-requests,hostname=web-1,process=web-1:${4711 + worker},worker=${worker + 1},method=${method},` +
      `route=${route.replace(/[ ,=]/g, '\\$&')},status=${status},outcome=${isAborted ? 'aborted' : 'finished'} ` +
      `application_time=${(ms / 1000).toFixed(9)}${first},queue_time=${(random() ** 8 * 0.03).toFixed(6)},slot=${slot}i,sequence=${n + 1}i ${end}`
    );
  });
}

/** Method, route, usual duration in ms, and where its share of 1 ends. */
const ROUTES: readonly (readonly [string, string, number, number])[] = [
  ['GET', '/health', 0.4, 0.3],
  ['GET', '(static)', 1.2, 0.5],
  ['GET', '/products', 8, 0.68],
  ['GET', '/products/:id', 5, 0.86],
  ['POST', '/cart', 14, 0.93],
  ['POST', '/checkout', 60, 0.97],
  ['GET', '/search', 35, 0.995],
  ['GET', '/events', 2000, 0.9965],
  ['GET', '/reports/:id', 30, 1],
];
