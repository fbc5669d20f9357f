import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOnPath } from '../../../src/cli/demo/place/influxd.ts';
import { influxdb } from '../../support/real/influx.ts';
import { temporaryFolder } from '../../support/spooling.ts';
import { until, within } from '../../support/within.ts';
import { account } from '../account.ts';
import { type App, load, request, startApp, total } from '../app.ts';
import { openLine, type Weather } from '../line.ts';
import type { Row, Scene } from '../row.ts';

// The line to the database is bad.

const RELAY = fileURLToPath(new URL('../relay.js', import.meta.url));
const WEATHER: Weather[] = ['slow', 'black hole', 'rejecting', 'breaking'];
const PORT = 8086;
/** The next connection may be open before the last one is seen to be closed. */
const MAX_CONNECTIONS = 2;

export const lines: Row = {
  number: 23,
  fault: 'the line to the database is slow, a black hole, rejects, breaks',
  async run(scene) {
    const influx = await influxdb(scene);
    const line = await openLine(scene, Number(new URL(influx.url).port));
    const app = await startOn(scene, line.url, scene.short ? 300 : 5000);
    const { answered, told } = await throughAll(
      scene,
      app,
      WEATHER,
      (weather) => {
        line.weather = weather;
        const { pieces } = line;
        return () => line.pieces > pieces;
      },
      () => {
        line.weather = 'fine';
        return '';
      },
    );
    assert.ok(line.most <= MAX_CONNECTIONS, `${line.most} connections at a time`);
    const outcome = await account(app, influx, answered, told);
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};

export const network: Row = {
  number: 23,
  fault: 'a network that loses 5 % of all packets, is a black hole, rejects, has 64 kbit/s',
  onlyLong: true,
  cannotRun: () => whyNoNetwork() ?? false,
  async run(scene) {
    const influx = await influxdb(scene);
    const between = await openNetwork(scene, Number(new URL(influx.url).port));
    const rules: Record<string, () => void> = {
      '5 % lost': () => between.filter('numgen random mod 100 < 5 counter drop'),
      'black hole': () => between.filter('counter drop'),
      rejecting: () => between.filter(`tcp dport ${PORT} counter reject with tcp reset`),
      '64 kbit/s': () => between.limit(),
    };
    const app = await startOn(scene, between.url, 5000);
    const { answered, told } = await throughAll(
      scene,
      app,
      Object.keys(rules),
      (name) => {
        rules[name]!();
        return () => true; // they are counted
      },
      () => between.heal(),
    );
    const outcome = await account(app, influx, answered, told);
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};

function startOn(scene: Scene, url: string, timeoutMs: number): Promise<App> {
  return startApp(scene, {
    env: {
      INFLUX_URL: url,
      RAW_REQUESTS_TIMEOUT_MS: String(timeoutMs),
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '100',
    },
  });
}

/** One fault after the other under load; after each, all is delivered. */
async function throughAll<Name extends string>(
  scene: Scene,
  app: App,
  names: readonly Name[],
  /** Returns whether the library has met it. */
  begin: (name: Name) => () => boolean,
  /** Returns what else there is to say of it. */
  end: () => string,
): Promise<{ answered: number; told: string }> {
  const rate = 200;
  const seconds = 15;
  let answered = 0;
  const told: string[] = [];
  for (const name of names) {
    const before = answered;
    const isMet = begin(name);
    const made = scene.short ? await request(app, 20) : await loaded(app, rate * seconds, rate);
    await until(isMet, `an attempt, ${name}`);
    const during = total(app).acknowledged - before;
    const said = end();
    answered += made;
    const healed = performance.now();
    await app.settled(answered);
    const after = ((performance.now() - healed) / 1000).toFixed(1);
    told.push(`${name}: ${during} of ${made} meanwhile, all ${after} s after${said}`);
  }
  return { answered, told: told.join('; ') };
}

async function loaded(app: App, amount: number, rate: number): Promise<number> {
  return (await load(app, { amount, rate })).answered;
}

function whyNoNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to make a network';
  const missing = ['ip', 'nft', 'tc'].filter((program) => findOnPath(program) === undefined);
  return missing.length === 0 ? undefined : `there is no ${missing.join(', ')}`;
}

/** A network of two ends; at the far one, what leads to a port of this machine. */
async function openNetwork(scene: Scene, to: number) {
  const name = `rr${process.pid}`;
  const [near, far] = [`${name}a`, `${name}b`];
  const subnet = `10.231.${process.pid & 255}`;
  const run = (command: string, input = '') => {
    const [program, ...args] = command.split(' ');
    return execFileSync(program!, args, { input, stdio: 'pipe', timeout: 10_000 });
  };
  const there = `ip netns exec ${name}`;

  run(`ip netns add ${name}`);
  scene.after(() => run(`ip netns del ${name}`));
  run(`ip link add ${near} type veth peer name ${far} netns ${name}`);
  scene.after(() => run(`ip link del ${near}`));
  run(`ip addr add ${subnet}.1/24 dev ${near}`);
  run(`ip link set ${near} up`);
  run(`${there} ip addr add ${subnet}.2/24 dev ${far}`);
  run(`${there} ip link set ${far} up`);

  const path = join(temporaryFolder(scene), 'socket');
  const gateway = net.createServer((client) => {
    const database = net.connect(to, '127.0.0.1');
    for (const socket of [client, database]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        database.destroy();
      });
    }
    client.pipe(database).pipe(client);
  });
  gateway.listen(path);
  await once(gateway, 'listening');
  const relay = spawn(
    'ip',
    ['netns', 'exec', name, process.execPath, RELAY, `${subnet}.2`, String(PORT), path],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(relay, 'close');
  scene.after(async () => {
    relay.stdin.end();
    await ended;
    gateway.close();
  });
  await within(once(relay.stdout, 'data'), 'the far end of the network listens');

  return {
    url: `http://${subnet}.2:${PORT}`,
    filter: (rule: string) =>
      run(
        `${there} nft -f -`,
        `table inet faults {
           chain input { type filter hook input priority 0; ${rule}; }
           chain output { type filter hook output priority 0; ${rule.includes('reject') ? '' : `${rule};`} }
         }`,
      ),
    limit: () => {
      const shape = 'root tbf rate 64kbit burst 3000 latency 1s';
      run(`tc qdisc replace dev ${near} ${shape}`);
      run(`${there} tc qdisc replace dev ${far} ${shape}`);
    },
    /** Returns how many packets were lost. */
    heal: () => {
      const rules = run(`${there} nft list ruleset`).toString();
      const lost = [...rules.matchAll(/counter packets (\d+)/g)].reduce(
        (sum, [, one]) => sum + Number(one),
        0,
      );
      assert.ok(rules === '' || lost > 0, 'packets were lost');
      run(`${there} nft flush ruleset`);
      for (const command of [`tc qdisc del dev ${near} root`, `${there} tc qdisc del dev ${far} root`]) {
        try {
          run(command);
        } catch {
          // It was not limited.
        }
      }
      return rules === '' ? '' : `, ${lost} packets lost`;
    },
  };
}
