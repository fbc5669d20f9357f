import { readFileSync } from 'node:fs';

/** The address space of a thread, with a margin. Observed: 845 MiB with Node 20 and 22, 650 with Node 24. */
const NEEDED_MIB = 1024;
const MIB = 2 ** 20;

/**
 * Checks that there is enough address space for a thread. Has to be called before a thread is started: if a limit
 * (`ulimit -v`) leaves too little, V8 would end the whole process.
 *
 * @throws if there is too little
 */
export function assertRoomForThread(): void {
  const leftMib = addressSpaceLeftMib();
  if (leftMib === undefined || leftMib >= NEEDED_MIB) return;
  throw new Error(
    `a thread takes up to ${NEEDED_MIB} MiB of address space, and its limit (ulimit -v) leaves ${Math.max(0, leftMib)}`,
  );
}

/** Undefined if there is no limit, or it cannot be read. */
function addressSpaceLeftMib(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    if (limit === undefined) return undefined;
    const usedKib = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return Math.floor((Number(limit) - Number(usedKib) * 1024) / MIB);
  } catch {
    return undefined;
  }
}
