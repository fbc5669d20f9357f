import { series, total } from '../influxql.ts';

// Queries of the measurement `raw-requests`.

export const raw = (columns: string, where?: string): string =>
  series('raw-requests', columns, where ? { where } : {});
export const count = (where?: string, group: string[] = []): string =>
  total('raw-requests', 'count("application_time")', { ...(where ? { where } : {}), group });
