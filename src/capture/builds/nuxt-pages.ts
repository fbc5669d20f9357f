import { caught } from '../../safety/guard.ts';
import { onLoaded } from '../frameworks/loaded-modules.ts';
import { nameRoute } from '../routes/named-route.ts';

/** The members of a Vue application with a router that are used here. */
interface VueApp {
  readonly config?: { readonly globalProperties?: { readonly $router?: VueRouter } };
}

interface VueRouter {
  readonly currentRoute?: { readonly value?: { readonly matched?: readonly { readonly path?: string }[] } };
  readonly options?: { readonly history?: { readonly base?: string } };
}

/** The context that Nuxt renders an application with; h3 1 and 2 have Node's request in different places. */
interface Context {
  readonly event?: {
    readonly node?: { readonly req?: object };
    readonly req?: { readonly runtime?: { readonly node?: { readonly req?: object } } };
  };
}

type Render = (this: unknown, app: VueApp, context?: Context, ...rest: unknown[]) => unknown;

const RENDERERS = [
  'renderToString',
  'renderToWebStream',
  'renderToNodeStream',
  'pipeToWebWritable',
  'pipeToNodeWritable',
];

/** Names the routes of the pages of Nuxt 3 and 4: functions of `@vue/server-renderer`, which its builds do not contain, are wrapped. */
export function watchNuxtPages(packageName = '@vue/server-renderer'): void {
  onLoaded(packageName, (exports) => {
    const functions = exports as Record<string, Render | undefined>;
    for (const name of RENDERERS) {
      const render = functions[name];
      if (typeof render !== 'function') continue;
      functions[name] = function (app, context, ...rest) {
        try {
          namePage(app, context);
        } catch (error) {
          caught('the route of a page', error);
        }
        return render.call(this, app, context, ...rest);
      };
    }
  });
}

function namePage(app: VueApp, context: Context | undefined): void {
  const { node, req } = context?.event ?? {};
  const request = node?.req ?? req?.runtime?.node?.req;
  if (request !== undefined) nameRoute(request, () => pageRoute(app));
}

/** Read when the request has ended: the router finds the page while it renders. */
function pageRoute({ config }: VueApp): string | undefined {
  const { currentRoute, options } = config?.globalProperties?.$router ?? {};
  const path = currentRoute?.value?.matched?.at(-1)?.path;
  if (path === undefined) return undefined;
  const base = (options?.history?.base ?? '').replace(/\/$/, '');
  return base + path.replaceAll('()', ''); // Nuxt writes `:id()`
}
