import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { attempt, guarded, unawaited } from '../../safety/guard.ts';
import { astro } from './astro.ts';
import type { Build, Match, Place } from './build.ts';
import { setBuild } from './built-route.ts';
import { nitro } from './nitro.ts';
import { reactRouter } from './react-router.ts';
import { svelteKit } from './svelte-kit.ts';

const BUILDS: readonly Build[] = [nitro, svelteKit, astro, reactRouter];
const CHANNEL = 'http.server.request.start';

/**
 * Reads the routes of a server that was built. Such servers are bundles, so that no package of theirs can be observed
 * while it is loaded, and they leave nothing on a request. But a build keeps its routes in a file, by which they are
 * known. It is looked for beside the program when the first request arrives: by then the program has loaded its modules,
 * so that none is evaluated again, and process managers have set `process.argv` to the program.
 */
export function watchBuilds(): void {
  onFirstRequest(async () => {
    try {
      setBuild(await findMatch());
    } catch {
      // A build that is not as expected has no routes.
    }
  });
}

function placeOf(script: string | undefined): Place | undefined {
  if (script === undefined) return undefined;
  try {
    const program = realpathSync(script);
    return {
      program,
      folder: statSync(program).isDirectory() ? program : dirname(program),
      cwd: process.cwd(),
    };
  } catch {
    return undefined; // no file, as with `node --eval`
  }
}

async function findMatch(): Promise<Match | undefined> {
  const place = placeOf(process.argv[1]);
  if (place === undefined) return undefined;
  for (const build of BUILDS) {
    const file = build.find(place);
    if (file !== undefined && existsSync(file)) return build.load(file);
  }
  return undefined;
}

function onFirstRequest(run: () => Promise<void>): void {
  const onStart = guarded('the first request', () => {
    // Deferred: on Node 20, unsubscribing while the channel calls its subscribers makes it skip the next one.
    process.nextTick(() => attempt('the first request', () => unsubscribe(CHANNEL, onStart)));
    if (isRun) return;
    isRun = true;
    unawaited('the routes of a build', run());
  });
  let isRun = false;
  subscribe(CHANNEL, onStart);
}
