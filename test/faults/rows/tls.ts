import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { findOnPath } from '../../../src/cli/demo/place/influxd.ts';
import { connectProxy } from '../../support/export/connect-proxy.ts';
import { influxdb } from '../../support/real/influx.ts';
import { withoutThreads } from '../../support/run.ts';
import { temporaryFolder } from '../../support/spooling.ts';
import { until } from '../../support/within.ts';
import { assertStored } from '../account.ts';
import { request, startApp, sum, total } from '../app.ts';
import type { Row, Scene } from '../row.ts';
import type { Sample } from '../server.ts';

// The database shows a certificate that is not right.

const REQUESTS = 10;
/** Attempts that have to fail before the next certificate. */
const ATTEMPTS = 2;

export const certificates: Row = {
  number: 34,
  fault: 'the certificate of the database is self-signed, expired, for another host, then right',
  cannotRun: () => findOnPath('openssl') === undefined && 'there is no openssl',
  async run(scene) {
    const folder = temporaryFolder(scene);
    const { bad, right } = makeCertificates(folder);
    const influx = await influxdb(scene);
    const server = await openTls(scene, Number(new URL(influx.url).port), right);
    const proxy = await connectProxy(scene, server.port);
    const direct = { INFLUX_URL: `https://127.0.0.1:${server.port}` };
    const byProxy = { INFLUX_URL: 'https://database.example', HTTPS_PROXY: `http://${proxy.host}` };
    const settings = {
      INFLUX_USERNAME: 'me',
      INFLUX_PASSWORD: 'secret',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      // The application's own choice is none for the credentials of its database.
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '100',
    };
    const samples: Sample[] = [];
    let answered = 0;
    // Delivered by a thread, by the application's own, and through a proxy.
    for (const { execArgv, ...way } of [
      { ...direct, execArgv: [] },
      { ...direct, execArgv: withoutThreads() },
      { ...byProxy, execArgv: [] },
    ]) {
      const env = { ...settings, ...way };
      server.show(bad['self-signed']!);
      const app = await startApp(scene, { env, execArgv });
      let recorded = 0;
      for (const [name, certificate] of Object.entries(bad)) {
        server.show(certificate);
        const before = server.connections;
        recorded += await request(app, REQUESTS);
        await until(() => {
          app.flush();
          return server.connections >= before + ATTEMPTS && total(app).recorded === recorded;
        }, `${ATTEMPTS} attempts, ${name}`);
        assert.equal(total(app).queued, recorded, `${name}: all is held`);
        assert.equal(server.bytes, 0, `${name}: nothing is sent`);
      }
      assert.match(app.log().join('\n'), /does not take requests since .*self.signed/i);
      server.show(right);
      await app.settled(recorded);
      assert.equal(total(app).acknowledged, recorded);
      assert.ok(server.bytes > 0, 'now it is sent');
      answered += recorded;
      samples.push(...app.samples());
      await app.exit(); // delivers its last points
      server.bytes = 0;
    }
    const stored = await assertStored(samples, influx);
    assert.equal(stored, answered);
    assert.match(proxy.asked[0]!, /^database\.example:443 /);
    return {
      answered,
      stored,
      ledger: sum(samples),
      figures: `${server.connections} connections; nothing sent to a wrong certificate`,
    };
  },
};

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

function makeCertificates(folder: string): { bad: Record<string, Certificate>; right: Certificate } {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const read = (name: string): Certificate => ({
    cert: readFileSync(join(folder, `${name}.pem`), 'latin1'),
    key: readFileSync(join(folder, `${name}.key`), 'latin1'),
  });
  const selfSign = (name: string) => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    const here = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    openssl('req', '-x509', ...newKey, ...files, ...here);
    return read(name);
  };
  const sign = (name: string, host: string, days: string) => {
    openssl(
      'req',
      '-new',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(join(folder, 'host'), `subjectAltName=${host}\n`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'host'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', days, '-out', `${name}.pem`);
    return read(name);
  };
  selfSign('ca');
  return {
    bad: {
      'self-signed': selfSign('self'),
      expired: sign('expired', 'IP:127.0.0.1', '-1'),
      'for another host': sign('another', 'DNS:db.example', '2'),
    },
    right: sign('right', 'IP:127.0.0.1,DNS:database.example', '2'),
  };
}

/** Passes what comes through TLS on to a port. */
async function openTls(scene: Scene, to: number, certificate: Certificate) {
  const open = new Set<net.Socket>();
  const state = {
    port: 0,
    connections: 0,
    /** That came out of TLS. */
    bytes: 0,
    show: (next: Certificate) => server.setSecureContext(next),
  };
  const server = tls.createServer({ ...certificate }, (client) => {
    const database = net.connect(to, '127.0.0.1');
    for (const socket of [client, database]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        database.destroy();
        open.delete(socket);
      });
    }
    client.on('data', (chunk) => {
      state.bytes += chunk.byteLength;
    });
    client.pipe(database).pipe(client);
  });
  server.on('connection', () => {
    state.connections++;
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scene.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  state.port = (server.address() as AddressInfo).port;
  return state;
}
