import { subscribe } from 'node:diagnostics_channel';
import { guarded } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';

/** What AdonisJS 6.10 and later announces when it begins to handle a request. */
interface Message {
  readonly ctx: {
    readonly request: { readonly request: object };
    readonly route?: { readonly pattern?: string };
  };
}

/** Names the routes of AdonisJS, which announces its requests on a channel. */
export function watchAdonis(): void {
  const onRequest = (message: unknown) => {
    const { ctx } = message as Message;
    nameRoute(ctx.request.request, () => ctx.route?.pattern);
  };
  subscribe('tracing:adonisjs.http.request:start', guarded('the route of a request of AdonisJS', onRequest));
}
