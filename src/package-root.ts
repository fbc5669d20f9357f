import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The fields that are read from this package's `package.json`. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

interface Package {
  readonly root: string;
  readonly info: PackageInfo;
}

let own: Package | undefined;

/** The root folder of this package: the nearest one above this file whose `package.json` has the package's name. */
export function packageRoot(): string {
  return ownPackage().root;
}

/** The `package.json` of this package. */
export function packageInfo(): PackageInfo {
  return ownPackage().info;
}

function ownPackage(): Package {
  own ??= findPackage(dirname(fileURLToPath(import.meta.url)));
  return own;
}

function findPackage(from: string): Package {
  for (let root = from; ; root = dirname(root)) {
    const info = readInfo(root);
    if (info?.name === 'raw-requests') return { root, info };
    if (dirname(root) === root) {
      throw new Error(
        `No package.json of raw-requests was found above ${from}. If the application is bundled, keep raw-requests external`,
      );
    }
  }
}

function readInfo(folder: string): PackageInfo | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageInfo;
  } catch {
    return undefined;
  }
}
