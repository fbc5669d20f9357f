import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A real, headless Chromium, without a GPU. */
export async function launchBrowser(): Promise<Browser> {
  const places = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const executablePath = ['/usr/bin/chromium', ...places].find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium is installed: sh scripts/setup.sh chromium');
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}
