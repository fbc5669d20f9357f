import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** A module that the program has loaded. At once, so that it is there before the first request is handled, if that is possible. */
export function loadedModule(file: string): unknown {
  try {
    return createRequire(import.meta.url)(file);
  } catch {
    return import(pathToFileURL(file).href); // it awaits at its top level
  }
}
