import { oneLine, printable } from '../../../safety/printable.ts';
import { CliError } from '../../cli-error.ts';
import { causeOf, parseObject } from '../../doctor/checks/client.ts';
import { readAnswer } from '../../read-answer.ts';
import type { Login } from './login.ts';

/** The answer of Grafana. */
export interface Answer {
  status: number;
  /** The target of a redirect, printable. */
  location: string | null;
  /** The body, if it is a JSON object. */
  json: Record<string, unknown> | undefined;
  /** Its message, else the start of its body; on one line, without secrets. */
  serverMessage: string;
}

/** The most characters of an answer. No answer of Grafana is larger. */
const MAX_BODY = 32 * 2 ** 20;

/** An HTTP client for Grafana, with credentials. Each request has a deadline. */
export class Client {
  readonly login: Login;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;

  constructor(login: Login, timeoutMs: number, signal: AbortSignal) {
    this.login = login;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
  }

  get(path: string): Promise<Answer> {
    return this.#ask('GET', path, this.login.authorization);
  }

  /** Sends no credentials, since the server may not be Grafana. */
  getAnonymously(path: string): Promise<Answer> {
    return this.#ask('GET', path);
  }

  send(
    method: 'POST' | 'PUT',
    path: string,
    value: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.#ask(method, path, this.login.authorization, JSON.stringify(value), headers);
  }

  async #ask(
    method: string,
    path: string,
    authorization?: string,
    body?: string,
    more: Record<string, string> = {},
  ): Promise<Answer> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await fetch(this.login.url + path, {
        method,
        redirect: 'manual', // so that credentials are not sent to another server
        headers: {
          ...more,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        signal: AbortSignal.any([deadline, this.#signal]),
        ...(body === undefined ? {} : { body }),
      });
      const text = await readAnswer(response, MAX_BODY);
      const location = response.headers.get('location');
      const json = parseObject(text);
      return {
        status: response.status,
        location: location && printable(location),
        json,
        serverMessage: oneLine(typeof json?.message === 'string' ? json.message : text),
      };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (deadline.aborted) {
        const text = `Grafana at ${this.login.url} gave no answer within ${this.#timeoutMs / 1000} s.`;
        throw new CliError(`${text}\nIs it running, and is this its port?`);
      }
      throw unreachable(this.login.url, error);
    }
  }
}

function unreachable(url: string, error: unknown): CliError {
  return new CliError(`No connection to Grafana at ${url}: ${causeOf(error)}\n${advice(url, codeOf(error))}`);
}

function codeOf(error: unknown): string {
  const { code, cause, errors } = error as { code?: string; cause?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  const inner = cause ?? errors?.[0];
  return inner === undefined ? '' : codeOf(inner);
}

function advice(url: string, code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return 'Check the name in --grafana. In a container, it must be one that this network knows.';
  }
  if (code === 'ECONNREFUSED') {
    return 'Nothing listens there. Is Grafana running, and is this its port? In a container, localhost is the container itself.';
  }
  if (/SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) {
    return 'The issuer of its certificate is not known here: run this with NODE_EXTRA_CA_CERTS=/path/to/its-ca.pem.';
  }
  if (/CERT/.test(code)) return 'Its certificate is not valid for that address.';
  if (url.startsWith('https:') && /EPROTO|SSL|ECONNRESET|SOCKET/.test(code)) {
    return `It may speak plain HTTP: try --grafana ${url.replace(/^https/, 'http')}`;
  }
  if (/ETIMEDOUT|UNREACH|CONNECT_TIMEOUT/.test(code)) {
    return 'A firewall may be in between, or the address is wrong.';
  }
  return 'Check --grafana.';
}
