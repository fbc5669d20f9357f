import { NO_STATS } from '../../../src/record/ledger.ts';
import type { Row } from '../row.ts';
import { assertNothingLost } from '../sequences.ts';

// Anything, in any order.

export const sequences: Row = {
  number: 41,
  fault: 'random sequences of servers, threads that die, loads and flushes',
  async run(scene) {
    const runs = scene.short ? 5 : 100;
    const { recorded, rejected } = await assertNothingLost(scene, { runs, seed: scene.seed });
    const acknowledged = recorded - rejected;
    const ledger = { ...NO_STATS, recorded, acknowledged, rejected };
    return {
      answered: recorded,
      stored: acknowledged,
      ledger,
      figures: `${runs} sequences, seed ${scene.seed}`,
    };
  },
};
