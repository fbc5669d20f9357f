import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import * as v from 'valibot';
import { longToken } from '../../options/options.ts';
import { printable } from '../../safety/printable.ts';
import { isLoopback } from '../../view/server/access/access.ts';
import { CliError } from '../cli-error.ts';

/** The token of a view, and how its user can refer to it on a command line. */
export interface ViewToken {
  readonly token: string;
  /** For a shell: `"$RAW_REQUESTS_VIEW_TOKEN"`. */
  readonly reference: string;
  /** Generated for this view, so it has to be printed. */
  readonly isGenerated: boolean;
}

interface Given {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly host?: string | undefined;
}

const VARIABLE = 'RAW_REQUESTS_VIEW_TOKEN';
const MAX_FILE_BYTES = 4096;

/**
 * The token from the options or the environment. Without one, a token is generated if other machines can reach the
 * view. Unsafe choices are reported by `say`.
 */
export function findToken(
  { token, tokenFile, host = '127.0.0.1' }: Given,
  env: NodeJS.ProcessEnv,
  say: (text: string) => void,
): ViewToken | undefined {
  if (token !== undefined && tokenFile !== undefined)
    throw new CliError('Expected only one of --token and --token-file, got both');
  if (tokenFile !== undefined) {
    const quoted = `'${tokenFile.replaceAll("'", "'\\''")}'`;
    return { token: fromFile(tokenFile, say), reference: `"$(cat ${quoted})"`, isGenerated: false };
  }
  if (token !== undefined) {
    say(
      `--token is visible in the list of processes, for every user of this machine: use ${VARIABLE} or --token-file`,
    );
    return { token, reference: '...', isGenerated: false };
  }
  const set = env[VARIABLE];
  if (set) return { token: set, reference: `"$${VARIABLE}"`, isGenerated: false };
  if (isLoopback(host)) return undefined;
  const generated = randomBytes(18).toString('base64url');
  return { token: generated, reference: generated, isGenerated: true };
}

function fromFile(path: string, say: (text: string) => void): string {
  const name = `--token-file ${printable(path)}`;
  let text: string;
  try {
    const file = openSync(path, 'r');
    try {
      const { mode } = fstatSync(file);
      if (process.platform !== 'win32' && (mode & 0o004) !== 0)
        say(`${name} can be read by every user of this machine: chmod 600`);
      text = readStart(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new CliError(`${name} cannot be read: ${(error as Error).message}`);
  }
  const result = v.safeParse(longToken.fromText, text.trim());
  if (!result.success) throw new CliError(`Expected the content of ${name} ${result.issues[0].message}`);
  return result.output;
}

/** Reads files without a size or an end as well, such as pipes. */
function readStart(file: number): string {
  const bytes = Buffer.alloc(MAX_FILE_BYTES);
  let length = 0;
  for (let read = -1; read !== 0 && length < MAX_FILE_BYTES; length += read) {
    read = readSync(file, bytes, length, MAX_FILE_BYTES - length, null);
  }
  return bytes.toString('utf8', 0, length);
}
