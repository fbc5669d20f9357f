import { type Field, lineOf, requestAt } from '../data/export-formats.ts';
import { FACETS, type Facet, withValue } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import type { RowRef } from '../data/rows.ts';
import { STATUS_CLASSES } from '../data/tags.ts';
import { button, byId, copyButton, element, setText } from '../dom.ts';
import { formatBytes, formatCount, formatNanoseconds, formatSeconds } from '../format.ts';

/** Names of fields for people. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  application_time: 'start to end',
  first_byte_time: 'start to response head',
  queue_time: 'waited in front of the process',
  bytes_in: 'request body',
  bytes_out: 'response body',
  in_flight: 'in flight at the start, this one included',
  slot: 'concurrency slot',
  connection_requests: 'of its connection',
  sequence: 'of its process and thread',
};

/** The details of a request. */
export class Detail {
  readonly #parts: Parts;
  readonly #root = byId('detail');

  constructor(parts: Parts) {
    this.#parts = parts;
    byId('detail-close').addEventListener('click', () => parts.actions.select(undefined, false));
    byId('detail-previous').addEventListener('click', () => parts.actions.step(-1));
    byId('detail-next').addEventListener('click', () => parts.actions.step(1));
  }

  get open(): boolean {
    return !this.#root.hidden;
  }

  close(): void {
    this.#root.hidden = true;
  }

  show(ref: RowRef): void {
    const { model, actions } = this.#parts;
    const request = requestAt(ref.block, ref.index, model);
    const { tags, timestamp, start, fields } = request;
    const statusClass = STATUS_CLASSES[model.sets.statusClass[ref.block.chunk.series[ref.index]!]!]!;
    const trace = fields.find(({ name }) => name === 'trace_id')?.value;

    const title = element(
      'h3',
      {},
      element('span', { class: 'method' }, tags.method ?? ''),
      tags.route ?? '',
    );
    const badges = element(
      'p',
      { class: 'badges' },
      element(
        'span',
        { class: `badge class-${statusClass}` },
        tags.status === '0' ? 'no status' : (tags.status ?? '–'),
      ),
      element('span', { class: 'badge' }, tags.outcome ?? ''),
      element('strong', {}, formatSeconds(ref.block.chunk.duration[ref.index]!)),
    );

    const times = element('dl', {});
    const row = (list: HTMLElement, name: string, value: Node | string, note = '') => {
      const term = element('dt', {}, name);
      if (note !== '') term.append(element('small', {}, note));
      list.append(term, element('dd', {}, value));
    };
    for (const [name, ns] of [
      ['Start', start],
      ['End', timestamp],
    ] as const) {
      row(
        times,
        name,
        element('span', {}, formatNanoseconds(ns), element('small', {}, `${ns} ns since 1970`)),
      );
    }

    const fieldList = element('dl', {});
    for (const field of fields) {
      if (field.name === 'start_time' || field.name === 'trace_id') continue;
      row(fieldList, field.name, textOf(field), FIELD_NAMES[field.name]);
    }
    if (trace !== undefined) {
      const value = element('span', { class: 'trace' }, element('code', {}, String(trace)));
      value.append(copyButton(() => String(trace), 'the trace id'));
      const traceUrl = model.hello?.traceUrl?.replaceAll('{trace_id}', encodeURIComponent(String(trace)));
      if (traceUrl !== undefined) value.append(externalLink('Open the trace', traceUrl));
      fieldList.append(element('dt', { class: 'wide' }, 'trace_id'), element('dd', { class: 'wide' }, value));
    }

    const tagList = element('dl', {});
    for (const name of Object.keys(tags).sort()) {
      const value = tags[name]!;
      const facet = FACETS.find((known) => known === name) as Facet | undefined;
      if (facet === undefined) row(tagList, name, value);
      else {
        const only = button(value, { class: 'link', title: `Show only ${name} = ${value}` }, () =>
          actions.setFilter(withValue(model.filter, facet, value)),
        );
        row(tagList, name, only);
      }
    }

    const line = lineOf(request);
    const raw = element('div', { class: 'raw' }, element('code', {}, line));
    raw.append(copyButton(() => line, 'the line'));

    byId('detail-content').replaceChildren(
      title,
      badges,
      this.#bar(ref),
      times,
      element('h4', {}, 'Fields'),
      fieldList,
      element('h4', {}, 'Tags'),
      tagList,
      element('h4', {}, 'Line protocol'),
      raw,
    );
    this.#root.hidden = false;
    setText(
      byId('announce'),
      `${tags.method ?? ''} ${tags.route ?? ''}, status ${tags.status ?? 'unknown'}, ${tags.outcome ?? ''}, ` +
        `${formatSeconds(ref.block.chunk.duration[ref.index]!)}, ended ${formatNanoseconds(timestamp).slice(11, 23)}`,
    );
  }

  /** A bar with the queue time, the time to the first byte and the rest. */
  #bar({ block, index }: RowRef): HTMLElement {
    const duration = block.chunk.duration[index]!;
    const queue = block.chunk.queueTimeOf(index) || 0;
    const head = Number.isNaN(block.chunk.firstByte[index]!) ? duration : block.chunk.firstByte[index]!;
    const parts = [
      ['queue', 'in front of the process', queue],
      ['head', 'to the response head', head],
      ['rest', 'response head to end', Math.max(0, duration - head)],
    ] as const;
    const bar = element('div', { class: 'phases', 'aria-hidden': 'true' });
    const key = element('p', { class: 'phase-key' });
    for (const [name, text, seconds] of parts) {
      if (seconds <= 0) continue;
      const part = element('span', { class: `phase ${name}` });
      part.style.flexGrow = String(seconds / Math.max(1e-12, duration + queue));
      bar.append(part);
      key.append(element('span', { class: `key ${name}` }, `${formatSeconds(seconds)} ${text}`));
    }
    return element('div', {}, bar, key);
  }
}

function textOf({ name, value }: Field): string {
  if (name.endsWith('_time')) return `${formatSeconds(Number(value))}`;
  if (name.startsWith('bytes_')) {
    const bytes = Number(value);
    return bytes < 1e6 ? `${formatCount(bytes)} bytes` : `${formatBytes(bytes)}, ${formatCount(bytes)} bytes`;
  }
  return typeof value === 'number' ? formatCount(value) : String(value);
}

/** A link to another program. It learns nothing of this page. */
function externalLink(text: string, href: string): HTMLElement {
  return element('a', { class: 'link', href, target: '_blank', rel: 'noopener noreferrer' }, text);
}
