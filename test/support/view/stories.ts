/** Stories of an application with eight processes, one of which may be in trouble: random, by a seed. */

export const STORIES = [
  'a blocked loop',
  'a rare slow route',
  'errors of a process',
  'client time-outs',
  'nothing wrong',
] as const;
export type StoryName = (typeof STORIES)[number];

/** How long a story is, ms. */
export const STORY_MS = 26_000;
const PERIOD_MS = 1000;

export interface Story {
  /** Line protocol. */
  readonly lines: string;
  readonly requests: number;
  /** What has to be named, and all names that may not be named instead. */
  readonly culprit: { readonly names: readonly string[] } | undefined;
  readonly innocent: readonly string[];
}

interface Route {
  readonly method: string;
  readonly route: string;
  readonly weight: number;
  /** s */
  readonly median: number;
  readonly sigma: number;
}

interface Request {
  readonly process: string;
  readonly route: Route;
  start: number;
  end: number;
  status: number;
  outcome: 'finished' | 'aborted';
}

interface Span {
  readonly from: number;
  readonly to: number;
}

const PATHS = [
  '/',
  '/health',
  '/users/:id',
  '/items/:item',
  '/cart',
  '/search',
  '/orders/:id',
  '/feed',
  '/login',
  '/avatar',
];

/** An event stream. */
const EVENTS: Route = { method: 'GET', route: '/events', weight: 0, median: 4, sigma: 0 };

/** Random numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 12_345;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Draw {
  readonly random: () => number;
  constructor(seed: number) {
    this.random = randomOf(seed);
  }
  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }
  one<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }
  lognormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return median * Math.exp(sigma * normal);
  }
  route(routes: readonly Route[]): Route {
    let rest = this.random() * routes.reduce((sum, { weight }) => sum + weight, 0);
    for (const route of routes) {
      rest -= route.weight;
      if (rest < 0) return route;
    }
    return routes[0]!;
  }
}

/** @param now the end of the story, ms since 1970 */
export function storyOf(name: StoryName, seed: number, now: number): Story {
  const draw = new Draw(seed * STORIES.length + STORIES.indexOf(name));
  const begin = now - STORY_MS;
  const processes = Array.from(
    { length: 8 },
    (_, i) => `web-${1 + (i % 3)}:${4000 + i * 137 + Math.floor(draw.between(0, 99))}`,
  );
  const routes = PATHS.map(
    (route, i): Route => ({
      ...{ method: draw.one(['GET', 'GET', 'POST']), route, weight: draw.between(1, 10) },
      ...(i === 1
        ? { median: 0.001, sigma: 0.3 }
        : { median: draw.between(0.004, 0.08), sigma: draw.between(0.3, 0.7) }),
    }),
  );
  const culprit = {
    process: draw.one(processes),
    route: draw.one(
      routes
        .slice(2)
        .sort((a, b) => b.weight - a.weight)
        .slice(0, 4),
    ),
  };
  const events = { route: EVENTS, status: 200, outcome: 'finished' } as const;
  const blocked = new Map<string, Span[]>();
  const requests: Request[] = [];

  if (name === 'a blocked loop') {
    const report = { method: 'POST', route: '/reports', weight: 0, median: 0, sigma: 0 };
    culprit.route = report;
    const count = 1 + Math.floor(draw.between(0, 3));
    const spans = Array.from({ length: count }, (_, i) => {
      const from = now - 9000 + i * 2300 + draw.between(0, 500);
      return { from, to: from + draw.between(300, 1400) };
    });
    // The machine stops the process for a moment as well, which no route does; and event streams are always open.
    const stops = Array.from({ length: Math.floor(draw.between(0, 3)) }, (_, i) => {
      const from = begin + 6000 + i * 3000 + draw.between(0, 1000);
      return { from, to: from + draw.between(210, 260) };
    });
    blocked.set(culprit.process, [...stops, ...spans]);
    for (let at = begin; at < now - 4000; at += 3900)
      requests.push({ ...events, process: culprit.process, start: at, end: at + 4000 });
    for (const { from, to } of spans)
      requests.push({
        process: culprit.process,
        route: report,
        start: from,
        end: to + 0.3,
        status: 200,
        outcome: 'finished',
      });
  }
  const rare: Route = {
    method: 'GET',
    route: '/invoices/:year',
    weight: 0,
    median: draw.between(1, 3),
    sigma: 0.2,
  };
  const rareEverywhere = draw.random() < 0.5;
  const failing = {
    share: draw.between(0.4, 1),
    ofRoute: draw.random() < 0.5,
    status: draw.one([500, 502, 503]),
  };
  const timeOut = draw.one([0.5, 1, 2, 3, 5]);
  const hanging = draw.between(0.4, 1);

  for (const process of processes) {
    const perMs = draw.between(35, 60) / 1000;
    const spans = blocked.get(process) ?? [];
    const free = (ms: number) => {
      const span = spans.find(({ from, to }) => ms >= from && ms <= to);
      return span === undefined ? ms : span.to + draw.between(0.5, 8);
    };
    for (let at = begin; at < now; at += -Math.log(1 - draw.random()) / perMs) {
      const isRare = name === 'a rare slow route' && draw.random() < 1 / 500;
      const route = isRare ? rare : draw.route(routes);
      const isHere = process === culprit.process;
      let seconds = draw.lognormal(route.median, route.sigma);
      if (isRare && !rareEverywhere && !isHere) seconds = draw.lognormal(0.03, 0.3);
      let [status, outcome]: [number, Request['outcome']] = [draw.random() < 0.02 ? 404 : 200, 'finished'];
      if (draw.random() < 0.0015) status = 500;
      if (draw.random() < 0.0015) [status, outcome, seconds] = [0, 'aborted', draw.between(0.001, 3)];
      const late = at > now - 9000;
      if (name === 'errors of a process' && isHere && late && (!failing.ofRoute || route === culprit.route)) {
        if (draw.random() < failing.share) [status, seconds] = [failing.status, draw.between(0.001, 0.008)];
      }
      if (name === 'client time-outs' && isHere && route === culprit.route && at > now - 9000) {
        if (draw.random() < hanging)
          [status, outcome, seconds] = [0, 'aborted', timeOut + draw.between(0.001, 0.02)];
      }
      const start = free(at);
      const end = free(start + seconds * 1000);
      if (end < now) requests.push({ process, route, start, end, status, outcome });
    }
  }
  if (name === 'a rare slow route') {
    // One that is slow in a single process has requests there, as with a session that sticks to it.
    for (let i = 0; !rareEverywhere && i < 6; i++) {
      const start = now - draw.between(4500, 12_000);
      const end = start + draw.lognormal(rare.median, rare.sigma) * 1000;
      if (end < now)
        requests.push({
          process: culprit.process,
          route: rare,
          start,
          end,
          status: 200,
          outcome: 'finished',
        });
    }
    culprit.route = rare;
  }

  const lines = requests.sort((a, b) => a.end - b.end).map(lineOf);
  lines.push(...metricsOf(processes, blocked, begin, now, draw));
  const own = `${culprit.route.method} ${culprit.route.route}`;
  const names = [own, culprit.process];
  if (name === 'a rare slow route' && rareEverywhere) names[1] = ' processes';
  if (name === 'errors of a process' && !failing.ofRoute) names.shift();
  const innocent = [
    ...[...routes, EVENTS].map(({ method, route }) => `${method} ${route}`),
    ...processes,
  ].filter((one) => one !== own && one !== culprit.process);
  return {
    lines: lines.join('\n'),
    requests: requests.length,
    culprit: name === 'nothing wrong' ? undefined : { names },
    innocent,
  };
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms % 1) * 1e6)));
}

function lineOf({ process, route, start, end, status, outcome }: Request, i: number): string {
  const tags = `hostname=${process.split(':')[0]},process=${process},worker=0,thread=0,method=${route.method},route=${route.route},status=${status},outcome=${outcome}`;
  const firstByte =
    outcome === 'aborted'
      ? ''
      : `,first_byte_time=${((end - start) / 1000) * (route === EVENTS ? 0.001 : 0.98)}`;
  return `raw-requests,${tags} application_time=${(end - start) / 1000}${firstByte},slot=${1 + (i % 8)}i ${nanoseconds(end)}`;
}

/** The longest delay of each loop, once a second, as the recorder writes it. */
function metricsOf(
  processes: readonly string[],
  blocked: ReadonlyMap<string, readonly Span[]>,
  begin: number,
  now: number,
  draw: Draw,
): string[] {
  return processes.flatMap((process) => {
    const lines: string[] = [];
    let [from, at] = [begin, begin + draw.between(0, PERIOD_MS)];
    while (at < now) {
      const own = (blocked.get(process) ?? []).filter(({ to }) => to > from && to <= at);
      const delay = Math.max(
        draw.between(0.001, 0.04),
        ...own.map((span) => (span.to - span.from) / 1000 - draw.between(0, 0.01)),
      );
      lines.push(
        `request-metrics,hostname=${process.split(':')[0]},process=${process},worker=0,thread=0 event_loop_delay_max=${delay} ${nanoseconds(at)}`,
      );
      from = at;
      at += PERIOD_MS;
      // The timer of a period is late if its loop is blocked.
      const late = (blocked.get(process) ?? []).find((span) => at >= span.from && at <= span.to);
      if (late !== undefined) at = late.to + 1;
    }
    return lines;
  });
}
