import type { Mode } from '../modes.ts';
import type { Framework } from '../program/application.ts';
import { answers } from './answers.ts';
import { beyondHandlers } from './beyond-handlers.ts';
import { headers } from './headers.ts';
import { streams } from './http2.ts';
import { injection } from './injection.ts';
import { lostConnections } from './lost-connections.ts';
import type { Scenario } from './scenario.ts';
import { leftOpen, sharedConnections } from './shared-connections.ts';
import { uploads } from './uploads.ts';

/** All scenarios of the contract, in their order. */
export const SCENARIOS: readonly Scenario[] = [
  ...answers,
  ...headers,
  ...injection,
  ...sharedConnections,
  ...lostConnections,
  ...beyondHandlers,
  ...streams,
  ...uploads,
  ...leftOpen, // last, because they end with the program
];

/**
 * The scenarios of a program. Plain Node has all of them in every mode. A framework has all of them in one mode; in
 * other modes, and in older versions, it has only those that depend on the framework.
 */
export function scenariosOf({ kind, protocol, without = {} }: Framework, mode: Mode): Scenario[] {
  const all = kind === 'plain Node' || (kind === 'framework' && (mode === 'both' || mode === 'bare'));
  return SCENARIOS.filter(
    (scenario) =>
      (all || scenario.decidedBy === 'framework') &&
      (scenario.protocol ?? protocol) === protocol &&
      !Object.hasOwn(without, scenario.name),
  );
}
