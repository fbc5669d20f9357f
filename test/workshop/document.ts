import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** A command of docs/workshop.md, with the heading that it is under. */
export interface Command {
  readonly heading: string;
  readonly text: string;
}

/** Each line of each `sh` block of docs/workshop.md. */
export function commands(): Command[] {
  const found: Command[] = [];
  let heading = '';
  let isCommand = false;
  for (const line of readFileSync(`${root}docs/workshop.md`, 'utf8').split('\n')) {
    if (line.startsWith('```')) isCommand = line === '```sh';
    else if (isCommand) found.push({ heading, text: line });
    else if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
  }
  return found;
}
