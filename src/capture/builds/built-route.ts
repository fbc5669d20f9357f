import { pathOf } from '../node/path.ts';
import type { Match } from './build.ts';

let match: Match | undefined;

/** The build that this program is has been found. Apart from `builds.ts`, so that a bundle with the middleware does not contain that. */
export function setBuild(found: Match | undefined): void {
  match = found;
}

/** The template of the route of a target, in the build that this program is. Never throws. */
export function builtRoute(target: string): string | undefined {
  if (match === undefined) return undefined;
  try {
    return match(pathOf(target));
  } catch {
    return undefined; // a path that cannot be decoded, or a build that is not as expected
  }
}
