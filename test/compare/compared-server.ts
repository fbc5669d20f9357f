// A server for `compare`, which is told what to do by its environment: how long it works, what it answers.
import { fork, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const {
  WORK_MS = '0',
  WAIT_MS = '0',
  STATUS = '200',
  BODY = 'hello world',
  WORKERS = '0',
  CLOSE,
  DIE_AFTER,
  FRONT,
  HASHES = '0',
  BLOCK_MS = '0',
} = process.env;
const workers = Number(WORKERS);

const file = fileURLToPath(import.meta.url);
const { FRONT: _, RAW_REQUESTS: __, ...env } = process.env;

if (FRONT === 'cache') {
  await serveFromCache();
} else if (FRONT === 'daemon') {
  // The shell ends at once, so that the server is no descendant of this process any more.
  spawn('sh', ['-c', '"$0" "$1" &', process.execPath, file], { env, detached: true, stdio: 'ignore' });
  setInterval(() => {}, 1000);
} else if (cluster.isPrimary && workers > 0) {
  let listening = 0;
  for (let i = 0; i < workers; i++) cluster.fork();
  cluster.on('listening', () => {
    if (++listening < workers) return;
    for (const worker of Object.values(cluster.workers!)) worker!.send('all of us listen');
  });
} else {
  serve();
}

/** Asks the application once, and answers for it from then on. */
async function serveFromCache(): Promise<void> {
  const child = fork(file, { env: { ...env, PORT: '0' } });
  const [port] = await once(child, 'message');
  const body = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  http.createServer((_req, res) => res.end(body)).listen(process.env.PORT);
}

function serve(): void {
  if (BLOCK_MS !== '0')
    setInterval(() => {
      const end = performance.now() + Number(BLOCK_MS);
      while (performance.now() < end);
    }, 1000);
  let isReady = workers === 0;
  process.on('message', () => {
    isReady = true;
  });
  let answered = 0;
  const server = http.createServer((_req, res) => {
    const end = performance.now() + Number(WORK_MS);
    while (performance.now() < end);
    let digest = 'a';
    for (let i = 0; i < Number(HASHES); i++) digest = createHash('sha256').update(digest).digest('hex');
    if (CLOSE !== undefined) res.setHeader('connection', 'close');
    setTimeout(() => res.writeHead(isReady ? Number(STATUS) : 503).end(BODY), Number(WAIT_MS));
    if (++answered === Number(DIE_AFTER)) {
      console.log('out of luck');
      process.exit(3);
    }
  });
  server.listen(process.env.PORT, () => process.send?.((server.address() as AddressInfo).port));
}
