import { resolve } from 'node:path';
import * as v from 'valibot';
import { unsafeFolder } from '../../safety/safe-folder.ts';
import type { Kind } from './kind.ts';
import { plainText } from './text.ts';

/**
 * The path is made absolute at once, because the application may change its working directory. A folder that is not
 * safe is a wrong setting. A folder that does not exist or cannot be read is no error, since that may change.
 */
const path = v.pipe(
  plainText,
  v.transform((path) => resolve(path)),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? problemOf(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);

export const folder: Kind<string> = { fromCode: path, fromText: path };

function problemOf(path: string): string | undefined {
  try {
    return unsafeFolder(path);
  } catch {
    return undefined;
  }
}
