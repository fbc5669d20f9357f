/** The live view, as `raw-requests/viewer`: a server that accepts line protocol and shows each request in a page. */
export { startViewer, type Viewer, type ViewerOptions, type ViewerStats } from './server/viewer.ts';
