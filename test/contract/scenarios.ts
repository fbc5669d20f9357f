import type { Framework } from './application.ts';
import type { Scenario } from './scenario.ts';
import { answers } from './scenarios/answers.ts';
import { beyondHandlers } from './scenarios/beyond-handlers.ts';
import { headers } from './scenarios/headers.ts';
import { streams } from './scenarios/http2.ts';
import { injection } from './scenarios/injection.ts';
import { lostConnections } from './scenarios/lost-connections.ts';
import { leftOpen, sharedConnections } from './scenarios/shared-connections.ts';
import { uploads } from './scenarios/uploads.ts';

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

/** Those that make sense with a framework's protocol, with why one cannot be, all the same. */
export function scenariosOf({
  protocol,
  without = {},
}: Framework): { scenario: Scenario; skip: string | false }[] {
  return SCENARIOS.filter((scenario) => (scenario.protocol ?? protocol) === protocol).map((scenario) => ({
    scenario,
    skip: without[scenario.name] ?? false,
  }));
}
