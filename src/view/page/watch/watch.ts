import type { Mark, Running } from '../../shared/feed.ts';
import type { Parts } from '../data/model.ts';
import { DiagnosisPanel } from '../diagnosis/diagnosis-panel.ts';
import { RunningPanel } from '../running/running-panel.ts';
import { AcrossPanel } from '../stalls/across-panel.ts';
import { BandStrip } from '../stalls/band-strip.ts';
import { Bands } from '../stalls/bands.ts';

/** The parts of the page that point at what is wrong: sentences, open requests, and bands on the axis of time. */
export class Watch {
  readonly #parts: Parts;
  readonly #changed: () => void;
  readonly #running: RunningPanel;
  readonly #bands = new Bands();
  readonly #strip: BandStrip;
  readonly #across: AcrossPanel;
  readonly #diagnosis: DiagnosisPanel;

  /** @param changed the plots have to be drawn again */
  constructor(parts: Parts, changed: () => void) {
    this.#parts = parts;
    this.#changed = changed;
    this.#running = new RunningPanel(parts, () => this.#share());
    this.#across = new AcrossPanel(parts);
    this.#diagnosis = new DiagnosisPanel(parts, () => this.#bands.inView(parts.model, false));
    this.#strip = new BandStrip(parts, (band) => this.#across.show(band));
  }

  /** Another server has other marks. */
  clear(): void {
    this.#bands.clear();
    this.#across.close();
  }

  running(running: readonly Running[]): void {
    this.#running.set(running);
    this.#share();
  }

  marks(marks: readonly Mark[]): void {
    this.#bands.add(marks);
  }

  /** The figures of the requests in view are there. */
  summarised(): void {
    this.#diagnosis.update();
    this.#strip.set(this.#bands.inView(this.#parts.model));
  }

  /** The plots were drawn. */
  drawn(): void {
    this.#strip.move();
  }

  #share(): void {
    this.#parts.model.open = this.#running.open;
    this.#changed();
  }
}
