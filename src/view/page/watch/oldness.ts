import type { Actions, Model } from '../data/model.ts';
import { byId } from '../dom.ts';

/** If all requests are older than the window, shows a note instead of an empty plot. Returns a function that updates it. */
export function watchOldness(model: Model, actions: Actions): () => void {
  const show = () => {
    const { rows, view, now } = model;
    const old = view.following && view.window !== 'all' && rows.count > 0 && rows.maxEnd < now - view.window;
    byId('old').hidden = !old;
  };
  byId('show-all').addEventListener('click', () => {
    model.view.choose('all');
    actions.moved();
    show();
  });
  return show;
}
