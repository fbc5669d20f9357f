import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly status: number | null;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs Node with `args` until it ends. */
export async function run(args: string[], env: Record<string, string>): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return { status, stderr, ms: performance.now() - start };
}
