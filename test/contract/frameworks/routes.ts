import type { Recording } from '../modes.ts';
import type { Framework } from '../program/application.ts';

type Naming = 'full' | '(unmatched)';

/** Whether points have the full template of their route: the only place that specifies it. */
const NAMING: Record<string, Record<Recording, Naming>> = {
  'node:http': { code: '(unmatched)', register: '(unmatched)', both: '(unmatched)' },
  'node:http2': { code: '(unmatched)', register: '(unmatched)', both: '(unmatched)' },
  express: { code: 'full', register: 'full', both: 'full' },
  fastify: { code: 'full', register: 'full', both: 'full' },
  koa: { code: 'full', register: 'full', both: 'full' },
  '@hapi/hapi': { code: 'full', register: 'full', both: 'full' },
  'nest on express': { code: 'full', register: 'full', both: 'full' },
  'nest on fastify': { code: 'full', register: 'full', both: 'full' },
  hono: { code: 'full', register: 'full', both: 'full' },
  connect: { code: '(unmatched)', register: '(unmatched)', both: '(unmatched)' },
  // Its routes can only be observed from the start.
  polka: { code: '(unmatched)', register: 'full', both: 'full' },
  router: { code: 'full', register: 'full', both: 'full' },
  restify: { code: 'full', register: 'full', both: 'full' },
};

/** The expected tag `route` for a route in the syntax of Express. */
export function routeOf({ name, syntax }: Framework, mode: Recording, route: string): string {
  const naming = NAMING[name.replace(/-[\d.]+$/, '')]!;
  return route === '(unmatched)' || naming[mode] !== 'full' ? '(unmatched)' : (syntax?.(route) ?? route);
}
