import type { Progress } from '../../compare/comparison.ts';
import type { Plan } from '../../compare/plan/plan.ts';
import type { Output } from '../output.ts';
import { counted } from '../text.ts';

/** Shows what happens on a terminal, in one line that is written again; where there is none, it is quiet. */
export function showProgress(plan: Plan, output: Output): Progress & { done(): void } {
  const { load, warmUp, rounds, sides } = plan;
  const seconds = (load.requests === undefined ? load.duration : load.requests / (load.rate ?? 1)) + warmUp;
  const started = performance.now();
  let ended = 0;
  let average = seconds + 2;
  let roundsFrom = started;
  const show = (text: string) => {
    if (output.isTerminal) output.redraw(text);
  };
  return {
    calibrating: () => show('Finding the rate that both sides hold ...'),
    begins: () => {
      roundsFrom = performance.now();
    },
    round: (pair, part) => {
      const left = Math.max(0, 3 * rounds - ended) * average;
      const side = part === 'b' ? sides.b.name : sides.a.name;
      show(
        `Pair ${pair} of ${rounds}, ${part === 'a again' ? `${side} again` : side} ... ${counted(Math.ceil(left), 'second')} left`,
      );
    },
    ended: () => {
      ended++;
      average = (performance.now() - roundsFrom) / 1000 / ended;
    },
    done: () => show(''),
  };
}
