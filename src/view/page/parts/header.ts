import type { Loading } from '../../shared/feed.ts';
import type { Parts } from '../data/model.ts';
import { byId, setText } from '../dom.ts';
import { formatCount, formatTime } from '../format.ts';

const WINDOWS = { '30000': 30_000, '300000': 300_000, all: 'all' } as const;

/** The header: state of the connection, counters, and buttons for the window. */
export class Header {
  readonly #parts: Parts;
  #backUntil = 0;
  #wasGone = false;
  #pausedAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { view } = parts.model;
    for (const [value, window] of Object.entries(WINDOWS)) {
      byId(`window-${value}`).addEventListener('click', () => {
        view.choose(window);
        parts.actions.moved();
      });
    }
    byId('pause').addEventListener('click', () => this.toggle());
  }

  toggle(): void {
    const { view } = this.#parts.model;
    if (view.following) view.pause();
    else view.live();
    this.#parts.actions.moved();
  }

  render(): void {
    const { model } = this.#parts;
    const { view, connection, state } = model;
    const { counters } = state ?? {};
    for (const name of ['received', 'kept', 'evicted', 'refused'] as const) {
      setText(byId(name), counters === undefined ? '–' : formatCount(counters[name]));
    }
    const notRequests = counters?.notRequests ?? 0;
    setText(byId('not-requests'), formatCount(notRequests));
    byId('not-requests').parentElement!.hidden = notRequests === 0;
    byId('refused').parentElement!.classList.toggle('bad', (counters?.refused ?? 0) > 0);
    byId('evicted').parentElement!.title =
      `Dropped because only the newest ${formatCount(model.hello?.max ?? 0)} are stored`;

    if (connection.state === 'gone' || connection.state === 'signed-out') this.#wasGone = true;
    else if (connection.state === 'live' && this.#wasGone) {
      this.#wasGone = false;
      this.#backUntil = performance.now() + 5000;
    }
    if (view.following) this.#pausedAt = counters?.received ?? 0;
    const newer = (counters?.received ?? 0) - this.#pausedAt;
    const [kind, text] =
      connection.state === 'gone'
        ? ['gone', `Server gone since ${formatTime(connection.since)}, reconnecting`]
        : connection.state === 'signed-out'
          ? ['gone', 'Signed out: reload this page to sign in']
          : connection.state === 'connecting'
            ? ['connecting', 'Connecting']
            : performance.now() < this.#backUntil
              ? ['back', 'Server is back']
              : state?.loading !== undefined
                ? ['connecting', readingText(state.loading)]
                : view.following
                  ? ['live', 'Live']
                  : ['paused', newer > 0 ? `Paused, ${formatCount(newer)} new` : 'Paused'];
    const pill = byId('link');
    pill.dataset.state = kind;
    setText(byId('link-text'), text!);

    const pause = byId('pause');
    pause.dataset.following = String(view.following);
    setText(byId('pause-text'), view.following ? 'Pause' : 'Live');
    pause.title = view.following
      ? 'Stop following the newest requests (space)'
      : 'Follow the newest requests (space)';
    for (const [value, window] of Object.entries(WINDOWS)) {
      byId(`window-${value}`).setAttribute('aria-pressed', String(view.window === window && view.following));
    }
    byId('zoom-out').hidden = !view.zoomed;
  }
}

function readingText({ name, done, total }: Loading): string {
  return total === 0 ? `Reading ${name}` : `Reading ${name}: ${Math.floor((100 * done) / total)} %`;
}
