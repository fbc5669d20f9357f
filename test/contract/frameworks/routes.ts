import type { Recording } from '../modes.ts';
import type { Framework } from '../program/application.ts';

type Naming = 'full' | '(unmatched)';

/** Whether requests carry the full template of their route. The one place that says so. */
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
  // It tells its routes only to those who watch it from the start.
  polka: { code: '(unmatched)', register: 'full', both: 'full' },
  restify: { code: 'full', register: 'full', both: 'full' },
};

/** What a point should have for a route that is written as Express has it. */
export function routeOf({ name, syntax }: Framework, mode: Recording, route: string): string {
  const naming = NAMING[name.replace(/-[\d.]+$/, '')]!;
  return route === '(unmatched)' || naming[mode] !== 'full' ? '(unmatched)' : (syntax?.(route) ?? route);
}
