import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A long exit timeout, for programs that have to deliver at exit on a busy machine. */
export const LONG_EXIT_TIMEOUT = { RAW_REQUESTS_EXIT_TIMEOUT_MS: '60000' } as const;

/** Arguments with which Node cannot start threads, so that the main thread delivers. */
export function withoutThreads(): string[] {
  const flags = process.allowedNodeEnvironmentFlags;
  const args = [flags.has('--permission') ? '--permission' : '--experimental-permission'];
  args.push('--allow-fs-read=*', '--allow-fs-write=*');
  if (flags.has('--allow-net')) args.push('--allow-net');
  return args;
}

/** Runs Node with `args` until it ends. */
export async function run(
  args: string[],
  env: Record<string, string>,
  command = process.execPath,
): Promise<Ended> {
  const start = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status, signal] = await once(child, 'close');
  return { status, signal, stdout, stderr, ms: performance.now() - start };
}
