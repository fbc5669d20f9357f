import type { Running } from '../../shared/feed.ts';
import type { Parts } from '../data/model.ts';
import { RunningPanel } from '../running/running-panel.ts';

/** The parts of the page that point at what is wrong: open requests. */
export class Watch {
  readonly #running: RunningPanel;
  readonly #parts: Parts;
  readonly #changed: () => void;

  /** @param changed the plots have to be drawn again */
  constructor(parts: Parts, changed: () => void) {
    this.#parts = parts;
    this.#changed = changed;
    this.#running = new RunningPanel(parts, () => this.#share());
  }

  running(running: readonly Running[]): void {
    this.#running.set(running);
    this.#share();
  }

  #share(): void {
    this.#parts.model.open = this.#running.open;
    this.#changed();
  }
}
