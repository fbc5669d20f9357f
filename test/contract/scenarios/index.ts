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

/** All that the contract says, in the order in which it is tried. */
export const SCENARIOS: readonly Scenario[] = [
  ...answers,
  ...headers,
  ...injection,
  ...sharedConnections,
  ...lostConnections,
  ...beyondHandlers,
  ...streams,
  ...uploads,
  ...leftOpen, // last: a program that has these has seen the end of those before
];

/**
 * Those for a program. Plain Node has all of them in every mode. A framework has all in the mode that has everything,
 * and else, as its older versions, what the framework has a part in.
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
