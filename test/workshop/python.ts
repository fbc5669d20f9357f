import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.ts';
import { root } from './document.ts';

/** A virtual environment that the first test run makes. WORKSHOP_PYTHON names another one. */
const folder = process.env.WORKSHOP_PYTHON ?? join(root, '.build/python');
const has = (program: string) => existsSync(join(folder, 'bin', program));

/** The virtual environment of the workshop; or the reason why there is none. */
export async function python(): Promise<{ venv?: string; express?: boolean; reason: string }> {
  if (!has('gunicorn')) {
    const made = await run(['-m', 'venv', folder], {}, '/usr/bin/python3').catch(asFailure);
    if (made.status !== 0) return { reason: `python3 -m venv: ${lastLine(made)}` };
    const got = await run(['install', '--quiet', 'gunicorn'], {}, join(folder, 'bin/pip'));
    if (got.status !== 0) return { reason: `pip install gunicorn: ${lastLine(got)}` };
  }
  if (has('mod_wsgi-express')) return { venv: folder, express: true, reason: '' };
  // It is compiled, which takes a minute. Without Apache's headers, that fails at once.
  const got = await run(['install', '--quiet', 'mod_wsgi'], {}, join(folder, 'bin/pip'));
  return { venv: folder, express: got.status === 0, reason: `pip install mod_wsgi: ${lastLine(got)}` };
}

const asFailure = (error: Error) => ({ status: null, stdout: '', stderr: error.message });

const lastLine = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  (stderr + stdout).trim().split('\n').at(-1) ?? '';
