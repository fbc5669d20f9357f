import { createRequire } from 'node:module';
import { watchBuilds } from './capture/builds/builds.ts';
import { watchNuxtPages } from './capture/builds/nuxt-pages.ts';
import { watchAdonis } from './capture/frameworks/adonis.ts';
import { watchFastify } from './capture/frameworks/fastify.ts';
import { watchH3 } from './capture/frameworks/h3.ts';
import { watchHapi } from './capture/frameworks/hapi.ts';
import { watchHono } from './capture/frameworks/hono.ts';
import { watchKoa } from './capture/frameworks/koa.ts';
import { watchPolka } from './capture/frameworks/polka.ts';
import { watchRouter } from './capture/frameworks/router.ts';
import { watchTinyhttp } from './capture/frameworks/tinyhttp.ts';
import { observeServers } from './capture/node/servers.ts';
import { advisePreloaded } from './log/advise.ts';
import { resolveOptions } from './options/options.ts';
import { attempt } from './safety/guard.ts';
import { sharedRecorder } from './shared-recorder.ts';

// Loaded by `register` if there are settings. It records every request to every server of the process.

const options = resolveOptions();
/** Why nothing is recorded; undefined if requests are recorded, or recording was switched off on purpose. */
export const reason: string | undefined = advisePreloaded(options);
export const isIdle: boolean = reason !== undefined;

if (options.enabled) {
  const share = sharedRecorder(options, options.destination);
  if (share !== undefined) {
    const { recorder } = share;
    recorder.observeAll(observeServers);
    if (options.check) {
      attempt('the check', () => {
        const require = createRequire(import.meta.url);
        const { Census } =
          require('./capture/census/census.js') as typeof import('./capture/census/census.ts');
        recorder.check(Census);
      });
    }
    // Node knows no routes, so each framework is hooked to get them. Express and restify need no hook.
    const watches = [
      watchFastify,
      watchKoa,
      watchHapi,
      watchHono,
      watchPolka,
      watchRouter,
      watchTinyhttp,
      watchNuxtPages,
      watchH3,
      watchAdonis,
      watchBuilds,
    ];
    for (const watch of watches) {
      attempt('the search for frameworks', () => watch());
    }
  }
}
