import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from '../cli-error.ts';

/** The main files of packages that only the demo needs, so they are not dependencies of this package. */
export interface DemoTools {
  express: string;
  autocannon: string;
}

/** Searches from this package first, then from the current folder, where users of `npx` install them. */
export function findDemoTools(): DemoTools {
  const express = resolve('express');
  const autocannon = resolve('autocannon');
  if (express === undefined || autocannon === undefined) {
    const missing = [express === undefined && 'express', autocannon === undefined && 'autocannon'].filter(
      Boolean,
    );
    throw new CliError(
      `The demo needs ${missing.join(' and ')}, which raw-requests itself does not. Run this first:\n` +
        '  npm install --no-save express autocannon',
    );
  }
  return { express, autocannon };
}

function resolve(name: string): string | undefined {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'index.js'))]) {
    try {
      return createRequire(from).resolve(name);
    } catch {}
  }
  return undefined;
}
