import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Owner } from '../owner.ts';

export interface ConnectProxy {
  /** `127.0.0.1:4711` */
  readonly host: string;
  /** Targets and `Proxy-Authorization` of the tunnels that were asked for. */
  readonly asked: string[];
  /** Its answer to CONNECT, if not 200. */
  refusal: string | undefined;
}

/** A proxy of which all tunnels lead to a port of this machine. */
export async function connectProxy(owner: Owner, port: number): Promise<ConnectProxy> {
  const server = http.createServer().on('connect', (req, socket) => {
    proxy.asked.push(`${req.url} ${req.headers['proxy-authorization']}`);
    socket.on('error', () => {});
    if (proxy.refusal !== undefined) {
      socket.end(`HTTP/1.1 ${proxy.refusal}\r\n\r\n`);
      return;
    }
    const onward = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  owner.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port: own } = server.address() as AddressInfo;
  const proxy: ConnectProxy = { host: `127.0.0.1:${own}`, asked: [], refusal: undefined };
  return proxy;
}
