import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { socketPathOf } from '../../../export/connect/connection.ts';
import { proxyFor } from '../../../export/connect/proxy.ts';
import { broken, type Finding, fine } from '../finding.ts';
import { causeOf } from './client.ts';

const NAME = 'Network';

/** Checks the connection to the server: its name, the TCP connection, and TLS if the address is https. */
export async function checkNetwork(
  address: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Finding> {
  const path = socketPathOf(address);
  if (path !== undefined) return checkSocket(path, timeoutMs, signal);
  const proxy = proxyFor(address, process.env);
  if (proxy !== undefined)
    return fine(
      NAME,
      `through the proxy ${proxy.hostname}:${proxy.port} of the environment; NO_PROXY lists exceptions`,
    );
  const url = new URL(address);
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (secure ? 443 : 80);
  const within = <T>(step: Promise<T>) => inTime(step, timeoutMs, signal);
  const isName = net.isIP(host) === 0;

  let found: string[];
  try {
    found = (await within(lookup(host, { all: true }))).map(({ address }) => address);
  } catch (error) {
    signal.throwIfAborted();
    return broken(NAME, `the name ${host} cannot be resolved (DNS): ${causeOf(error)}`, nameAdvice(error));
  }

  const started = performance.now();
  const socket = net.connect({ host, port });
  socket.on('error', () => {});
  try {
    try {
      await within(connected(socket, 'connect'));
    } catch (error) {
      signal.throwIfAborted();
      const where = isName ? `${host}:${port} (${found.join(', ')})` : url.host || `${host}:${port}`;
      return broken(NAME, `no connection to ${where}: ${reasonOf(error)}`, connectAdvice(error, found, port));
    }
    const connectMs = performance.now() - started;
    const text = `${host}:${port} is reached in ${duration(connectMs)}${isName ? `, as ${socket.remoteAddress}` : ''}`;
    if (!secure) return fine(NAME, text);

    const channel = tls.connect({ socket, ...(isName ? { servername: host } : {}), host });
    channel.on('error', () => {});
    try {
      await within(connected(channel, 'secureConnect'));
    } catch (error) {
      signal.throwIfAborted();
      return broken(
        NAME,
        `${host}:${port} is reached, but TLS fails: ${reasonOf(error)}`,
        tlsAdvice(error, address),
      );
    }
    return fine(NAME, `${text}; ${channel.getProtocol()}, with a valid certificate`);
  } finally {
    socket.destroy();
  }
}

async function checkSocket(path: string, timeoutMs: number, signal: AbortSignal): Promise<Finding> {
  const socket = net.connect(path);
  socket.on('error', () => {});
  try {
    await inTime(connected(socket, 'connect'), timeoutMs, signal);
    return fine(NAME, `the socket ${path} is reached`);
  } catch (error) {
    signal.throwIfAborted();
    return broken(
      NAME,
      `no connection to the socket ${path}: ${reasonOf(error)}`,
      'Check the path in INFLUX_URL, whether the server runs, and whether this user may write to its socket.',
    );
  } finally {
    socket.destroy();
  }
}

function connected(socket: net.Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

class TooLate extends Error {
  readonly code = 'ETIMEDOUT';
}

async function inTime<T>(step: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  step.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  try {
    return await Promise.race([
      step,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new TooLate(`nothing within ${timeoutMs / 1000} s`)), timeoutMs);
        stop = () => reject(signal.reason);
        signal.addEventListener('abort', stop);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  return code ?? (errors?.[0] === undefined ? '' : codeOf(errors[0]));
}

function reasonOf(error: unknown): string {
  // `reason` is the text of OpenSSL, whose message has file and line of its source. If several addresses were tried,
  // the error has no message.
  const { reason, message } = error as { reason?: string; message: string };
  return reason || message || codeOf(error) || String(error);
}

function nameAdvice(error: unknown): string {
  return codeOf(error) === 'ENOTFOUND'
    ? 'Check the spelling in INFLUX_URL. In a container, the name must be one that this network knows.'
    : 'The resolver does not answer: check the DNS settings of this host.';
}

function connectAdvice(error: unknown, addresses: string[], port: number): string {
  const here = addresses.some((address) => address === '::1' || address.startsWith('127.'));
  if (codeOf(error) === 'ECONNREFUSED') {
    if (here && existsSync('/.dockerenv')) {
      return `Nothing listens on port ${port} here, and in a container, localhost is the container itself. Name the container or host of the database in INFLUX_URL.`;
    }
    return `Nothing listens on port ${port} there. Is the database running, and is this its port (InfluxDB: 8086, InfluxDB 3: 8181)?`;
  }
  if (['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(codeOf(error))) {
    return 'A firewall or security group may be in between, or the address is wrong.';
  }
  return 'Check INFLUX_URL.';
}

function tlsAdvice(error: unknown, address: string): string {
  const code = codeOf(error);
  if (/SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) {
    return 'Its certificate authority is unknown here. Start the app, and this command, with NODE_EXTRA_CA_CERTS=/path/to/its-ca.pem.';
  }
  if (code === 'CERT_HAS_EXPIRED')
    return 'Renew the certificate of the server, or check the clock of this host.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'Use a name in INFLUX_URL that the certificate is valid for.';
  if (/EPROTO|WRONG_VERSION|PACKET_LENGTH|ERR_SSL|ECONNRESET/.test(code)) {
    return `It may speak plain HTTP: try INFLUX_URL=${address.replace(/^https/, 'http')}`;
  }
  return 'Check INFLUX_URL, and the TLS settings of the server.';
}

export function duration(ms: number): string {
  return ms < 10
    ? `${ms.toFixed(1)} ms`
    : ms < 10_000
      ? `${Math.round(ms)} ms`
      : `${(ms / 1000).toFixed(1)} s`;
}
