import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { oneLine } from '../../../safety/printable.ts';
import type { Loading } from '../../../view/shared/feed.ts';
import type { Store } from '../../../view/store/store.ts';
import { CliError } from '../../cli-error.ts';
import { StoreWriter } from './history.ts';

const LINE_PROTOCOL = /\.lp(?:\.gz|\.zst)?$/;
const MAX_DEPTH = 8;

/** Node has zstd since 22.15. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };

/**
 * The files of these paths, in the order of their names: those of a spool begin with the time. Of folders, the files
 * `.lp`, `.lp.gz` and `.lp.zst` at any depth, without following links.
 *
 * @throws {CliError} if a path does not exist, or has no such file
 */
export function filesOf(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new CliError(`There is no ${path}`);
    if (!stats.isDirectory()) {
      if (!stats.isFile()) throw new CliError(`Expected ${path} to be a file or a folder`);
      return [path];
    }
    const found = walk(path, 0);
    if (found.length === 0) throw new CliError(`There are no files *.lp, *.lp.gz or *.lp.zst in ${path}`);
    return found;
  });
  return files.sort((a, b) => (basename(a) < basename(b) ? -1 : basename(a) > basename(b) ? 1 : 0));
}

function walk(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return depth < MAX_DEPTH ? walk(path, depth + 1) : [];
    return entry.isFile() && LINE_PROTOCOL.test(entry.name) ? [path] : [];
  });
}

/** Reads files of line protocol into a store. Returns what could not be read. */
export async function readFiles(
  files: readonly string[],
  store: Store,
  loading: (loading: Loading) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  for (const [i, file] of files.entries()) {
    const writer = new StoreWriter(store);
    try {
      const source = createReadStream(file, { signal });
      const lines = unpacked(file, source);
      for await (const bytes of lines) {
        await writer.write(bytes as Uint8Array);
        loading({ name: basename(file), done: before + source.bytesRead, total });
      }
    } catch (error) {
      if (signal.aborted) return problems;
      problems.push(`${file}: ${oneLine((error as Error).message)}`);
    }
    writer.end();
    if (writer.refused > 0)
      problems.push(`${file}: ${writer.refused} lines are no line protocol, such as: ${writer.problem}`);
    before += sizes[i]!;
  }
  return problems;
}

function unpacked(file: string, source: NodeJS.ReadableStream): AsyncIterable<unknown> {
  const through = (transform: Transform) => {
    source.on('error', (error) => transform.destroy(error));
    return source.pipe(transform);
  };
  if (file.endsWith('.gz')) return through(zlib.createGunzip());
  if (!file.endsWith('.zst')) return source;
  if (createZstdDecompress === undefined)
    throw new CliError('it needs Node.js 22.15 or later, which can unpack zstd; or unpack it with `zstd -d`');
  return through(createZstdDecompress());
}
