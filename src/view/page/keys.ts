import type { Parts } from './data/model.ts';
import { byId } from './dom.ts';
import { zoomOut } from './drawing/plot-controls.ts';
import type { Detail } from './parts/detail.ts';
import type { Header } from './parts/header.ts';
import type { RequestsPlot } from './parts/requests-plot.ts';

interface Controlled {
  readonly detail: Detail;
  readonly header: Header;
  readonly requests: RequestsPlot;
}

/** Handles the keys of the whole page: Escape, the space bar and `/`. A click outside of the export menu closes it. */
export function listenToKeys(parts: Parts, { detail, header, requests }: Controlled): void {
  const { model, actions } = parts;
  const menu = byId<HTMLDetailsElement>('export');
  const leave = (target: HTMLElement, typing: boolean): void => {
    if (menu.open) menu.open = false;
    else if (typing) target.blur();
    else if (detail.open || model.selected !== undefined) {
      actions.select(undefined, false);
      if (byId('detail').contains(document.activeElement)) requests.surface.root.focus();
    } else zoomOut(parts, actions);
  };
  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const typing = target.matches('input, select, textarea');
    if (event.key === 'Escape') {
      leave(target, typing);
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ' && !target.matches('button, summary, a')) {
      event.preventDefault();
      header.toggle();
    } else if (event.key === '/') {
      event.preventDefault();
      byId('search').focus();
    }
  });
  addEventListener('click', (event) => {
    if (menu.open && !menu.contains(event.target as Node)) menu.open = false;
  });
}
