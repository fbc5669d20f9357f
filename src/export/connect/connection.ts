import http from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { guarded } from '../../safety/guard.ts';
import { type OutgoingProxy, proxyFor } from './proxy.ts';

/** How the server at an address is reached: directly, through a proxy of the environment, or by a Unix socket. */
export interface Connection {
  /** The address for requests. That of a Unix socket has a host in name only. */
  readonly base: string;
  readonly request: typeof http.request;
  readonly agent: http.Agent;
}

export interface ConnectionOptions extends http.AgentOptions {
  /** For the answer of a proxy. */
  readonly connectTimeoutMs: number;
  /** Whether a connection that is being made to a proxy keeps the process alive. */
  readonly keepsProcessAlive: boolean;
}

/** The path of the socket in `unix:/run/influxdb.sock`; undefined for other addresses. */
export function socketPathOf(address: string): string | undefined {
  return address.startsWith('unix:') ? decodeURIComponent(new URL(address).pathname) : undefined;
}

export function connectionTo(
  address: string,
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Connection {
  // Certificates are always checked. NODE_TLS_REJECT_UNAUTHORIZED applies to the application only.
  const secure = { ...options, rejectUnauthorized: true };
  const socketPath = socketPathOf(address);
  if (socketPath !== undefined) {
    // Node's agent reads it, but its type does not have it.
    const agent = new http.Agent({ ...options, socketPath } as http.AgentOptions);
    return { base: 'http://localhost', request: http.request, agent };
  }
  const isSecure = address.startsWith('https:');
  const agent = isSecure ? new https.Agent(secure) : new http.Agent(options);
  const proxy = proxyFor(address, env);
  if (proxy !== undefined) agent.createConnection = tunnel(proxy, isSecure, options);
  return { base: address, request: isSecure ? https.request : http.request, agent };
}

type Connected = (error: Error | null, socket?: Socket) => void;
type Target = tls.ConnectionOptions & { readonly host: string; readonly port: number };

/** Connects through a proxy, by CONNECT. */
function tunnel(
  proxy: OutgoingProxy,
  isSecure: boolean,
  { connectTimeoutMs, keepsProcessAlive }: ConnectionOptions,
) {
  const connect = (target: Target, connected: Connected) => {
    const { host, port } = target;
    const where = `${net.isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const { authorization } = proxy;
    const name = `the proxy ${proxy.hostname}:${proxy.port}`;
    const req = http.request({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: where,
      agent: false,
      headers: {
        host: where,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
      timeout: connectTimeoutMs,
    });
    const answered = ({ statusCode }: http.IncomingMessage, socket: Socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        connected(refused(`${name} answers ${statusCode} to CONNECT ${where}`));
        return;
      }
      const servername = net.isIP(host) === 0 ? host : '';
      connected(null, isSecure ? tls.connect({ ...target, servername, socket }) : socket);
    };
    req.on('connect', guarded('the answer of a proxy', answered));
    req.on(
      'timeout',
      guarded('a proxy that does not answer', () => req.destroy(refused('no answer in time'))),
    );
    const failed = ({ message }: Error) => connected(refused(`${name}: ${message}`));
    req.on('error', guarded('a proxy that is not reached', failed));
    if (!keepsProcessAlive)
      req.on(
        'socket',
        guarded('the connection to a proxy', (socket: Socket) => socket.unref()),
      );
    req.end();
  };
  return guarded('the way through a proxy', connect) as unknown as http.Agent['createConnection'];
}

/** An error before anything was sent. It has the code that Node has for it. */
function refused(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PROXY_TUNNEL' });
}
