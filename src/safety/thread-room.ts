import { readFileSync } from 'node:fs';

/** Of address space, what a thread takes, with some to spare; seen: 845 MiB with Node 20 and 22, 650 with Node 24. */
const NEEDED_MIB = 1024;
const MIB = 2 ** 20;

/**
 * To be called before a thread is started: where a limit of the address space (`ulimit -v`) leaves too little for one,
 * V8 ends the whole process, and not only the attempt.
 *
 * @throws when there is too little
 */
export function assertRoomForThread(): void {
  const leftMib = addressSpaceLeftMib();
  if (leftMib === undefined || leftMib >= NEEDED_MIB) return;
  throw new Error(
    `a thread takes up to ${NEEDED_MIB} MiB of address space, and its limit (ulimit -v) leaves ${Math.max(0, leftMib)}`,
  );
}

/** Undefined where there is no limit, or nothing is known of it. */
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
