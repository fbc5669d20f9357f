import * as v from 'valibot';
import { show } from '../show.ts';
import type { Kind } from './kind.ts';
import { PLAIN_TEXT } from './text.ts';

/** The address of a server, with its credentials as separate values. */
export interface Address {
  /** The address without credentials, query, and slash at the end. */
  readonly base: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const rule = 'to be an http or https address such as http://localhost:8086';
const NO_UDP = 'to be an http or https address: UDP has no answers, so a lost request would not be known';
const SOCKET_RULE = 'to be a Unix socket with an absolute path, such as unix:/run/influxdb.sock';

const schema = v.pipe(
  v.string(rule),
  v.rawTransform(({ dataset, addIssue, NEVER }): Address => {
    const result = parseAddress(dataset.value);
    if (typeof result !== 'string') return result;
    addIssue({ message: result });
    return NEVER;
  }),
);

export const address: Kind<Address> = {
  fromCode: schema,
  fromText: schema,
  show: (value, source) => show(typeof value === 'string' ? withoutSecrets(value) : value, source),
};

/** Returns the address, or the rule that the text breaks. */
function parseAddress(text: string): Address | string {
  // Checked first, because the URL parser removes line breaks silently.
  if (!PLAIN_TEXT.test(text) || !URL.canParse(text)) return rule;
  const url = new URL(text);
  const { protocol, origin, pathname, search, hash } = url;
  if (protocol === 'udp:') return NO_UDP;
  if (protocol === 'unix:') return parseSocket(text);
  if (protocol !== 'http:' && protocol !== 'https:') return rule;
  // A /, ? or # in a password ends the host part of the address, so the @ is behind it.
  if (`${pathname}${search}${hash}`.includes('@')) {
    return 'to have the characters / ? # @ percent-encoded in its username, password and path';
  }
  if (search !== '' || hash !== '') return 'to have neither a query (?) nor a fragment (#)';

  const base = withoutSlashes(`${origin}${pathname}`);
  if (/\/write$/.test(base)) {
    return 'to be the address of the server alone, without /write or /api/v2/write, which is added to it';
  }
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === null || password === null || username?.includes(':')) {
    return 'to have a username and a password of percent-encoded text without control characters, and no colon in the username';
  }
  return { base, username, password };
}

/** `unix:/path`, or `unix:///path` as Telegraf writes it. */
function parseSocket(text: string): Address | string {
  const { host, pathname, search, hash } = new URL(text);
  if (host !== '' || search !== '' || hash !== '' || !/^\/./.test(pathname) || decode(pathname) == null)
    return SOCKET_RULE;
  return { base: `unix:${pathname}`, username: undefined, password: undefined };
}

function withoutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}

/** The decoded text; `undefined` if it is empty, `null` if it is malformed or has control characters. */
function decode(text: string): string | undefined | null {
  if (text === '') return undefined;
  try {
    const decoded = decodeURIComponent(text);
    return PLAIN_TEXT.test(decoded) ? decoded : null;
  } catch {
    return null;
  }
}

/** An address, valid or not, without the parts that could be a username, a password or a query. */
function withoutSecrets(text: string): string {
  return text
    .replace(/^(https?:[\\/]*)?.*@/is, '$1…@')
    .replace(/([?#]).*/s, '$1…')
    .replace(/:(?![\\/]|\d{1,5}(?![^\\/?#])).*/s, ':…'); // after a colon, anything but // or a port
}
