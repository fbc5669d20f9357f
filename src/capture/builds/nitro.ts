import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { caught } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';
import type { Build } from './build.ts';
import { loadedModule } from './modules.ts';

/** The members of Nitro 2 that are used here. */
interface NitroApp {
  readonly hooks: { hook(name: 'request', run: (event: NitroEvent) => void): unknown };
}

interface NitroEvent {
  readonly node: { readonly req: object };
  readonly context: { readonly matchedRoute?: { readonly path?: string } };
}

interface RuntimeConfig {
  readonly app?: { readonly baseURL?: string };
}

/** The chunk of `.output/server/index.mjs` that holds the application: `chunks/nitro/nitro.mjs`. */
const CHUNK = /from ?['"](\.\/chunks\/[\w/.-]*nitro[\w/.-]*\.mjs)['"]/;
/** What the renderer of Nuxt takes: all paths that are no route of the server. */
const RENDERED = new Set(['/**', '/__nuxt_error']);

/** Nitro 2, and so Nuxt 3 and 4. It has a hook for requests, and its event the route. Pages of Nuxt are named by `nuxt-pages.ts`. */
export const nitro: Build = {
  find({ folder, program }) {
    if (basename(folder) !== 'server' || !program.endsWith('index.mjs')) return undefined;
    const chunk = CHUNK.exec(readFileSync(program, 'utf8'))?.[1];
    return chunk && join(folder, chunk);
  },
  load(file) {
    const hook = (chunk: unknown) => {
      const exported = Object.values(chunk as object).filter((value) => typeof value === 'function');
      const named = (name: string) => exported.find((value) => value.name === name);
      const base = ((named('useRuntimeConfig')?.() as RuntimeConfig)?.app?.baseURL ?? '/').replace(/\/$/, '');
      const app: NitroApp | undefined = named('useNitroApp')?.();
      app?.hooks.hook('request', ({ node, context }) => {
        try {
          nameRoute(node.req, () => {
            const path = context.matchedRoute?.path;
            return path === undefined || RENDERED.has(path) ? undefined : base + path;
          });
        } catch (error) {
          caught('the route of a request of Nitro', error);
        }
      });
      return undefined;
    };
    const chunk = loadedModule(file);
    return chunk instanceof Promise ? chunk.then(hook) : hook(chunk);
  },
};
