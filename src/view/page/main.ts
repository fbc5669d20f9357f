import type { Hello, State } from '../shared/feed.ts';
import { AddressBar } from './address/address-bar.ts';
import { connectChoices } from './address/choices.ts';
import { readFeed } from './data/feed-client.ts';
import { type Actions, Model, type Parts } from './data/model.ts';
import type { RowRef } from './data/rows.ts';
import type { Summary } from './data/summary.ts';
import { SummaryScheduler } from './data/summary-scheduler.ts';
import { byId } from './dom.ts';
import { lastBefore, neighbour } from './drawing/find.ts';
import { brushes } from './drawing/plot-controls.ts';
import { Theme } from './drawing/theme.ts';
import { fillEmptyState } from './empty.ts';
import { listenToKeys } from './keys.ts';
import { Detail } from './parts/detail.ts';
import { connectExportMenu } from './parts/export-menu.ts';
import { FilterBar } from './parts/filter-bar.ts';
import { Gauges } from './parts/gauges.ts';
import { Header } from './parts/header.ts';
import { LanesPlot } from './parts/lanes-plot.ts';
import { Legend } from './parts/legend.ts';
import { Lines } from './parts/lines.ts';
import { RequestsPlot } from './parts/requests-plot.ts';
import { RoutesTable } from './parts/routes-table.ts';
import { SidePanels } from './parts/side-panels.ts';
import { showValuesAtPointer, Tooltip } from './parts/tooltip.ts';
import { SlowestPanel } from './tables/slowest-panel.ts';
import { watchOldness } from './watch/oldness.ts';
import { Watch } from './watch/watch.ts';

const model = new Model();
const theme = new Theme(() => {
  lines.build();
  side.update();
  stale.summary = true;
  redraw();
});

/** The parts that have to be drawn or computed again. */
const stale = { data: true, overlay: true, summary: true };

const actions: Actions = {
  moved() {
    stale.data = true;
    stale.overlay = true;
    stale.summary = true;
    summaries.runSooner();
    header.render();
    address.changed();
    schedule();
  },
  setFilter(filter) {
    model.setFilter(filter);
    filters.render();
    actions.moved();
  },
  hover(ref, cursor) {
    model.hovered = ref;
    model.cursor = cursor;
    stale.overlay = true;
    schedule();
  },
  select(ref, open) {
    model.selected = ref;
    if (ref === undefined) detail.close();
    else if (open || detail.open) detail.show(ref);
    address.changed();
    stale.overlay = true;
    schedule();
  },
  step(direction) {
    const { selected, rows, tables, drawn } = model;
    const next =
      selected === undefined
        ? lastBefore(rows, tables.matcher, drawn.span.to)
        : neighbour(rows, tables.matcher, selected, direction);
    if (next === undefined) return;
    actions.select(next, detail.open);
    bringIntoView(next);
    if (!detail.open) tooltip.announce(next);
  },
};
const parts: Parts = { model, theme, actions };

const header = new Header(parts);
const filters = new FilterBar(parts);
const detail = new Detail(parts);
const lines = new Lines(parts);
const legend = new Legend(parts, (category) => {
  if (model.tables.isolated === category) return;
  model.tables.isolated = category;
  redraw();
});
const table = new RoutesTable(parts);
const slowest = new SlowestPanel(parts);
const side = new SidePanels(parts);
const gauges = new Gauges(model);
const requests = new RequestsPlot(parts, () => {
  stale.data = true;
  stale.overlay = true;
  // At once, because a resized canvas is empty.
  draw();
});
const tooltip = new Tooltip(model, requests);
const lanes = new LanesPlot(parts, redraw);

const watch = new Watch(parts, () => {
  if (model.open.length > 0) byId('empty').hidden = true;
  lanes.update();
  redraw();
});

// ---------------------------------------------------------------- drawing

let scheduled = false;
let firstColumn = Number.NaN;
let slide: ReturnType<typeof setTimeout> | undefined;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

function redraw(): void {
  stale.data = true;
  schedule();
}

function draw(): void {
  model.refresh();
  model.view.follow(model.rows, model.now);
  const { span, following, window } = model.view;
  const msPerColumn = (span.to - span.from) / requests.surface.plot.width;
  const column = Math.floor(span.from / msPerColumn);
  if (stale.data || column !== firstColumn) {
    firstColumn = column;
    stale.data = false;
    stale.overlay = true;
    requests.draw();
    lanes.draw();
    lines.move();
    watch.drawn();
  }
  if (stale.overlay) {
    stale.overlay = false;
    requests.drawOverlay(brushes.get(requests.surface));
    lanes.drawOverlay(brushes.get(lanes.surface));
    lines.cursor(model.cursor);
    tooltip.update();
    showValuesAtPointer(model, lines);
  }
  summariseIfStale();
  // A view that follows moves by itself, a column at a time. An empty view does not move.
  clearTimeout(slide);
  if (following && window !== 'all' && model.rows.count > 0 && model.connection.state === 'live') {
    slide = setTimeout(schedule, Math.max(16, msPerColumn));
  }
}

// ---------------------------------------------------------------- figures

const summaries = new SummaryScheduler(model, (summary) => showSummary(summary));

function summariseIfStale(): void {
  if (stale.summary && summaries.schedule()) stale.summary = false;
}

function showSummary(summary: Summary): void {
  model.summary = summary;
  const before = model.colouring.version;
  model.colouring.rank(summary);
  if (model.colouring.version !== before) {
    model.tables.category = model.colouring.category;
    stale.data = true;
  }
  requests.summarised();
  lanes.update();
  lines.update(summary);
  legend.update();
  table.update();
  slowest.update();
  filters.update();
  watch.summarised();
  gauges.show(summary, lines.recentRate, lines.greatestRate);
  showValuesAtPointer(model, lines);
  redraw();
  summariseIfStale();
}

// ---------------------------------------------------------------- one request

function bringIntoView({ block, index }: RowRef): void {
  const { from, to } = model.drawn.span;
  const end = block.end[index]!;
  if (model.view.following || end < from || end >= to) {
    model.view.pause();
    if (end < from || end >= to) model.view.pan(end - (from + to) / 2);
    actions.moved();
  }
}

// ---------------------------------------------------------------- controls

connectExportMenu(model);
connectChoices(parts, legend);

const address = new AddressBar(parts, () => {
  filters.render();
  legend.update();
  actions.moved();
});
filters.render();

listenToKeys(parts, { detail, header, requests });
document.addEventListener('visibilitychange', redraw);
// The state changes from "back" to "live" by itself.
setInterval(() => header.render(), 1000);

// ---------------------------------------------------------------- the feed

const showOldness = watchOldness(model, actions);

function forgetCounts(): void {
  requests.cache.reset();
  lanes.cache.reset();
}

readFeed({
  next: () => model.rows.next,
  hello(hello: Hello, fresh: boolean) {
    // Another version of the server has another page.
    if (model.hello !== undefined && model.hello.version !== hello.version) location.reload();
    model.hello = hello;
    if (fresh || hello.row !== model.rows.next) {
      summaries.cancel();
      model.clear(hello.row);
      forgetCounts();
      table.clear();
      filters.clear();
      watch.clear();
      if (hello.history && location.hash === '') model.view.choose('all');
      lanes.update();
      actions.select(undefined, false);
    }
    actions.moved();
  },
  series(series) {
    model.sets.add(series);
  },
  texts(texts) {
    for (const [id, text] of texts) model.texts.set(id, text);
    if (model.filter.text !== '') model.refresh(true);
  },
  rows(payload) {
    model.refresh();
    const { block, from, to } = model.rows.add(payload);
    requests.added(block, from, to);
    lanes.cache.added(block, from, to);
    stale.data = true;
    stale.summary = true;
    address.arrived();
    byId('empty').hidden = true;
    byId('page').dataset.rows = String(model.rows.count);
    schedule();
  },
  state(state: State) {
    model.setState(state);
    const gone = model.rows.evict(state.counters.firstRow);
    if (gone.length > 0) {
      requests.cache.evicted(model.rows, gone);
      lanes.cache.evicted(model.rows, gone);
      if (model.selected !== undefined && gone.includes(model.selected.block))
        actions.select(undefined, false);
      if (model.hovered !== undefined && gone.includes(model.hovered.block)) model.hovered = undefined;
      stale.data = true;
    }
    byId('empty').hidden = model.rows.count > 0 || state.others.length > 0 || model.open.length > 0;
    byId('page').dataset.rows = String(model.rows.count);
    // Seconds become complete and leave the view even if no rows arrive.
    if (model.rows.count > 0) stale.summary = true;
    showOldness();
    header.render();
    side.update();
    schedule();
  },
  running: (running) => watch.running(running),
  marks: (marks) => watch.marks(marks),
  connection(connection) {
    model.connection = connection;
    header.render();
    schedule();
  },
});

fillEmptyState();
header.render();
