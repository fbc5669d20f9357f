import { advisePreloaded } from './advise.ts';
import { watchFastify } from './capture/frameworks/fastify.ts';
import { watchHapi } from './capture/frameworks/hapi.ts';
import { watchHono } from './capture/frameworks/hono.ts';
import { watchKoa } from './capture/frameworks/koa.ts';
import { watchPolka } from './capture/frameworks/polka.ts';
import { observeServers } from './capture/node/servers.ts';
import { resolveOptions } from './options/options.ts';
import { attempt } from './safety/guard.ts';
import { sharedRecorder } from './shared-recorder.ts';

// What `register` loads once there are settings: every request to every server of the process is recorded.

const options = resolveOptions();
/** Why nothing is recorded, where nobody has said that this is meant. */
export const reason: string | undefined = advisePreloaded(options);
export const isIdle: boolean = reason !== undefined;

if (options.enabled) {
  const share = sharedRecorder(options, options.destination);
  if (share !== undefined) {
    share.recorder.observeAll(observeServers);
    // Node knows no routes: frameworks are asked, through what each offers for it. Express and restify need no
    // preparation.
    for (const watch of [watchFastify, watchKoa, watchHapi, watchHono, watchPolka]) {
      attempt('the search for frameworks', () => watch());
    }
  }
}
