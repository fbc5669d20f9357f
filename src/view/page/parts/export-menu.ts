import { EXPORTS, type ExportKind, exportParts } from '../data/export-file.ts';
import type { Model } from '../data/model.ts';
import { byId, setText } from '../dom.ts';
import { formatCount } from '../format.ts';

let exporting = false;

/** Connects the entries of the export menu. */
export function connectExportMenu(model: Model): void {
  for (const kind of Object.keys(EXPORTS) as ExportKind[]) {
    byId(`export-${kind}`).addEventListener('click', () => save(model, kind));
  }
}

function save(model: Model, kind: ExportKind): void {
  if (exporting) return;
  exporting = true;
  byId<HTMLDetailsElement>('export').open = false;
  const { range } = model.view;
  const selection = {
    ...model.drawn.span,
    low: range?.low ?? Number.NEGATIVE_INFINITY,
    high: range?.high ?? Number.POSITIVE_INFINITY,
    matcher: model.tables.matcher,
  };
  const run = exportParts(kind, model.rows, selection, {
    sets: model.sets.copy(),
    texts: new Map(model.texts),
  });
  const blobs: Blob[] = [];
  const done = (said: string) => {
    exporting = false;
    setText(byId('announce'), said);
    setText(byId('export-state'), said);
    setTimeout(() => exporting || setText(byId('export-state'), ''), 4000);
  };
  const next = () => {
    try {
      const count = writePart(run, blobs);
      if (count !== undefined) {
        offer(blobs, EXPORTS[kind]);
        done(`${formatCount(count)} exported`);
        return;
      }
    } catch (error) {
      done('The export failed');
      throw error;
    }
    setText(byId('export-state'), 'exporting …');
    setTimeout(next, 0);
  };
  next();
}

/** Writes a part of the file. When it is complete, returns its number of requests. */
function writePart(run: Generator<string, number>, blobs: Blob[]): number | undefined {
  const start = performance.now();
  while (performance.now() - start < 12) {
    const { done, value } = run.next();
    if (done) return value;
    blobs.push(new Blob([value]));
  }
  return undefined;
}

function offer(blobs: readonly Blob[], { extension, type }: { extension: string; type: string }): void {
  const url = URL.createObjectURL(new Blob([...blobs], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `raw-requests-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}.${extension}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
