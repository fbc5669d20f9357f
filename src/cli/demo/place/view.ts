import { ConfigError } from '../../../options/options.ts';
import type { ViewerServer } from '../../../view/server/server.ts';
import { openViewer, resolveViewer, type ViewerOptions } from '../../../view/server/viewer.ts';
import { type DemoPlace, withoutDestination } from './place.ts';
import { ViewedRun } from './viewed.ts';

/** A live view in this process, on the default port or, if that is in use, on a free one. */
export async function openView(env: NodeJS.ProcessEnv, run: string, requests: number): Promise<DemoPlace> {
  const server = await open({ max: Math.max(1_000_000, 2 * requests) });
  return {
    label: `View      ${server.url}, in memory`,
    stored: new ViewedRun(server.store, run),
    env: { ...withoutDestination(env), INFLUX_URL: server.url, INFLUX_DATABASE: 'requests' },
    page: server.url,
    close: () => server.close(),
  };
}

async function open(options: ViewerOptions): Promise<ViewerServer> {
  try {
    return await openViewer(resolveViewer(options));
  } catch (error) {
    if (!(error instanceof ConfigError) || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE')
      throw error;
    return openViewer(resolveViewer({ ...options, port: 0 }));
  }
}
