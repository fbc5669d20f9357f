// The programs of a fleet as plain processes on loopback, each of which can be killed, frozen and started again.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** A program of the fleet. */
export class Piece {
  #child;

  /** @param port where it listens when it has started; undefined if it does not listen */
  constructor(name, folder, command, { env = {}, port } = {}) {
    Object.assign(this, { name, folder, command, env, port });
    this.output = '';
    mkdirSync(join(folder, name), { recursive: true });
  }

  async start() {
    const [program, ...args] = this.command;
    const child = spawn(program, args, {
      cwd: join(this.folder, this.name),
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(this.folder, `${this.name}.log`), { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
    child.stdout.on('data', (text) => {
      this.output = (this.output + text).slice(-10_000);
    });
    this.#child = child;
    while (this.port !== undefined && !(await listens(this.port))) {
      if (child.exitCode !== null) throw new Error(`${this.name} ended, see ${this.folder}/${this.name}.log`);
      await sleep(100);
    }
  }

  signal(signal) {
    this.#child?.kill(signal);
  }

  /** Sends a signal, and waits for the end. */
  async end(signal = 'SIGKILL') {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}

/** The pieces of a fleet: `hosts` applications, what is between, and the databases at which all points arrive. */
export async function fleetOf(way, hosts, rate, folder) {
  const piece = (name, command, options) => new Piece(name, folder, command, options);
  const program = { telegraf: 'telegraf', vmagent: 'vmagent', nats: 'nats-server', influxd: 'influxd' };
  const between = [];
  const databases = [];
  const env = {};

  if (way === 'vmagent') {
    for (const node of ['node-1', 'node-2']) {
      const port = await freePort();
      const command = ['victoria-metrics', `-httpListenAddr=127.0.0.1:${port}`, '-storageDataPath=data'];
      databases.push({ ...url(port), piece: piece(node, command, { port }) });
    }
  } else {
    const [port, rpc] = [await freePort(), await freePort()];
    const influx = {
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${rpc}`,
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
      INFLUXDB_HTTP_LOG_ENABLED: 'false',
      INFLUXDB_META_DIR: join(folder, 'influxdb/meta'),
      INFLUXDB_DATA_DIR: join(folder, 'influxdb/data'),
      INFLUXDB_DATA_WAL_DIR: join(folder, 'influxdb/wal'),
    };
    const command = [program.influxd, 'run', '-config', '/dev/null'];
    databases.push({ ...url(port), piece: piece('influxdb', command, { env: influx, port }) });
    env.DATABASE_URL = databases[0].url;
  }
  if (way === 'nats') {
    const port = await freePort();
    env.NATS_URL = `nats://127.0.0.1:${port}`;
    const command = [program.nats, '-js', '-sd', 'data', '-a', '127.0.0.1', '-p', String(port)];
    between.push(piece('nats', command, { port }));
    between.push(
      piece('reader', [program.telegraf, '--config', here('config/nats-to-database.conf')], { env }),
    );
  }

  const relays = [];
  const applications = [];
  for (let host = 1; host <= hosts; host++) {
    const port = await freePort();
    const relay = `relay-${host}`;
    const listen = { LISTEN: `127.0.0.1:${port}`, BUFFER_FOLDER: join(folder, relay, 'buffer') };
    const config = here(`config/${way === 'nats' ? 'host-to-nats' : 'host'}.conf`);
    const command =
      way === 'vmagent'
        ? [
            program.vmagent,
            `-httpListenAddr=${listen.LISTEN}`,
            '-remoteWrite.tmpDataPath=queue',
            ...databases.map((database) => `-remoteWrite.url=${database.url}/api/v1/write`),
          ]
        : [program.telegraf, '--config', config];
    if (way !== 'direct') relays.push(piece(relay, command, { env: { ...env, ...listen }, port }));
    const settings =
      way === 'direct'
        ? {
            INFLUX_URL: env.DATABASE_URL,
            INFLUX_DATABASE: 'requests',
            RAW_REQUESTS_SPOOL_DIR: join(folder, `spool-${host}`),
          }
        : { INFLUX_URL: `http://${listen.LISTEN}`, INFLUX_BUCKET: 'requests' };
    const app = { ...settings, HOST: `host-${host}`, RATE: String(rate), RAW_REQUESTS_LOG_LEVEL: 'info' };
    applications.push(piece(`app-${host}`, [process.execPath, here('app.js')], { env: app }));
  }
  return { databases, between, relays, applications };
}

/** The programs of a way that are not on the PATH. */
export function missingPrograms(way) {
  const programs = {
    direct: ['influxd'],
    nats: ['nats-server', 'telegraf', 'influxd'],
    vmagent: ['vmagent', 'victoria-metrics'],
  };
  return (programs[way] ?? ['telegraf', 'influxd']).filter(
    (program) => spawnSync('which', [program]).status !== 0,
  );
}

function url(port) {
  return { url: `http://127.0.0.1:${port}` };
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
