// A server for `compare`, which is told what to do by its environment: how long it works, what it answers.
import cluster from 'node:cluster';
import http from 'node:http';

const {
  WORK_MS = '0',
  WAIT_MS = '0',
  STATUS = '200',
  BODY = 'hello world',
  WORKERS = '0',
  CLOSE,
  DIE_AFTER,
} = process.env;
const workers = Number(WORKERS);

if (cluster.isPrimary && workers > 0) {
  let listening = 0;
  for (let i = 0; i < workers; i++) cluster.fork();
  cluster.on('listening', () => {
    if (++listening < workers) return;
    for (const worker of Object.values(cluster.workers!)) worker!.send('all of us listen');
  });
} else {
  serve();
}

function serve(): void {
  let isReady = workers === 0;
  process.on('message', () => {
    isReady = true;
  });
  let answered = 0;
  const server = http.createServer((_req, res) => {
    const end = performance.now() + Number(WORK_MS);
    while (performance.now() < end);
    if (CLOSE !== undefined) res.setHeader('connection', 'close');
    setTimeout(() => res.writeHead(isReady ? Number(STATUS) : 503).end(BODY), Number(WAIT_MS));
    if (++answered === Number(DIE_AFTER)) {
      console.log('out of luck');
      process.exit(3);
    }
  });
  server.listen(process.env.PORT);
}
