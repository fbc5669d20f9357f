import type { Running } from '../../shared/feed.ts';
import type { Parts } from '../data/model.ts';
import { byId, element, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import { type OpenNow, openNow } from './running.ts';

/** The most rows; the oldest requests are shown. */
const MAX_ROWS = 100;
/** Ages are redrawn this often. */
const STEP_MS = 200;
/** A request without a response head for so long is probably stuck. */
const STUCK_MS = 10_000;

/** The requests that are open now. */
export class RunningPanel {
  readonly #parts: Parts;
  #running: readonly Running[] = [];
  #open: readonly OpenNow[] = [];

  constructor(parts: Parts, changed: () => void) {
    this.#parts = parts;
    setInterval(() => {
      if (this.#running.length === 0 && this.#open.length === 0) return;
      this.update();
      changed();
    }, STEP_MS);
  }

  /** The open requests, for the plot of slots. */
  get open(): readonly OpenNow[] {
    return this.#open;
  }

  set(running: readonly Running[]): void {
    this.#running = running;
    this.update();
  }

  update(): void {
    const { model } = this.#parts;
    const wallNow = model.rows.wall(model.now);
    this.#open = openNow(this.#running, wallNow, model.filter);
    const waiting = this.#open.filter(({ answering }) => !answering).length;
    const left = this.#running.reduce((sum, { total, requests }) => sum + total - requests.length, 0);
    byId('running-panel').hidden = this.#open.length === 0;
    const parts = [
      waiting > 0 && `${formatCount(waiting)} without an answer`,
      this.#open.length > waiting && `${formatCount(this.#open.length - waiting)} being sent`,
      left > 0 && `${formatCount(left)} younger ones are not listed`,
    ];
    setText(byId('running-count'), parts.filter((part) => part !== false).join(' · '));
    this.#showRows(this.#open.slice(0, MAX_ROWS));
  }

  #showRows(open: readonly OpenNow[]): void {
    const body = byId('running');
    while (body.children.length > open.length) body.lastElementChild!.remove();
    while (body.children.length < open.length) body.append(rowOf());
    open.forEach((one, i) => {
      const row = body.children[i]!;
      const [age, name, where, state] = row.children as unknown as [Element, Element, Element, Element];
      setText(age, formatOpenAge(one.ageMs));
      age.classList.toggle('bad', !one.answering && one.ageMs >= STUCK_MS);
      setText(name.firstElementChild!, one.method);
      setText(name.lastElementChild!, one.name);
      setText(where, `${one.group} · slot ${one.slot}`);
      const silent = one.silentMs > 0 ? `no news for ${Math.round(one.silentMs / 1000)} s` : '';
      setText(state, silent || (one.answering ? 'sending' : 'no answer yet'));
      state.classList.toggle('bad', silent !== '');
      (state as HTMLElement).title = silent === '' ? '' : SILENCE;
    });
  }
}

const SILENCE = 'Its process has sent nothing since then: its event loop is blocked, or it has ended.';

function rowOf(): HTMLElement {
  const name = element(
    'td',
    { class: 'name' },
    element('span', { class: 'method' }),
    element('span', { class: 'open-name' }),
  );
  return element(
    'tr',
    {},
    element('td', { class: 'number' }),
    name,
    element('td', { class: 'name dim' }),
    element('td', { class: 'name dim' }),
  );
}

/** 3.4 s, 62 s, 5:07 min */
function formatOpenAge(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}
