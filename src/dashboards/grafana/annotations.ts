import { COLORS } from './colors.ts';
import { total } from './influxql.ts';
import type { Annotation, Variable } from './model.ts';

/** The most lines of each kind: of more, none could be told apart. */
const MAX_LINES = 500;

/** A vertical line in each chart wherever a process started or stopped, filtered by the variables of the dashboard. */
export function annotations(variables: readonly Variable[]): Annotation[] {
  const by = ['hostname', 'process', 'process_type'].filter((tag) =>
    variables.some(({ name }) => name === tag),
  );
  const line = (event: 'start' | 'stop', name: string, iconColor: string): Annotation => ({
    name,
    datasource: '$datasource',
    enable: true,
    hide: false,
    iconColor,
    query: total('process-event', '"text", "version"', {
      by,
      where: `"event" = '${event}'`,
      end: `ORDER BY time DESC LIMIT ${MAX_LINES}`,
    }),
    textColumn: 'text',
    tagsColumn: 'version',
  });
  return [line('start', 'Starts', COLORS.fine), line('stop', 'Stops', COLORS.warning)];
}
