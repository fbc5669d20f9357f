import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Kept } from '../../compare/archive.ts';
import { chunksOf } from '../../export/lines/lines.ts';
import { LoggingExporter } from '../../export/logging-exporter.ts';
import { endpointOf } from '../../export/send/endpoint.ts';
import { resolveOptions } from '../../options/options.ts';
import { CliError } from '../cli-error.ts';
import { logTo } from '../log.ts';
import { missingDestination } from '../missing-destination.ts';
import { err } from '../output.ts';
import { count, counted } from '../text.ts';

const ATTEMPTS = 5;
/** As InfluxDB's documentation recommends. */
const LINES_PER_REQUEST = 5000;

/** Writes the points of all rounds to the InfluxDB of the environment. */
export interface InfluxWriter {
  /** @throws {CliError} if not all of them are stored */
  write(kept: Kept, folder: string): Promise<void>;
}

/** @throws {CliError} if the environment names no database */
export function influxWriter(env: NodeJS.ProcessEnv): InfluxWriter {
  // RAW_REQUESTS is a switch for applications.
  const { destination, timeoutMs } = resolveOptions({}, { ...env, RAW_REQUESTS: '' });
  if (destination === undefined) {
    throw missingDestination(
      'Expected INFLUX_URL to be set, with INFLUX_DATABASE or INFLUX_BUCKET: it says where --influx writes',
      env,
    );
  }
  const { label } = destination;
  return {
    async write({ rounds }, folder) {
      const exporter = new LoggingExporter({
        destination: endpointOf(destination),
        timeoutMs,
        maxQueueBytes: Number.POSITIVE_INFINITY, // one chunk at a time
        maxAttempts: ATTEMPTS,
        keepsProcessAlive: true,
        log: logTo(err),
        label,
        noun: 'line',
      });
      let stored = 0;
      let lines = 0;
      let reason: string | undefined;
      for (const { points } of rounds) {
        for (const chunk of chunksOf(gunzipSync(readFileSync(join(folder, points))), LINES_PER_REQUEST)) {
          lines += chunk.count;
          if (reason !== undefined) continue; // the database does not answer, or refuses
          const result = await exporter.export(chunk);
          stored += result.acknowledged;
          if (result.acknowledged < chunk.count) ({ reason = 'no reason given' } = result);
        }
      }
      await exporter.close(0);
      if (reason !== undefined)
        throw new CliError(`${count(stored)} of ${counted(lines, 'line')} are stored in ${label}: ${reason}`);
      err.say(`${counted(lines, 'line')} of ${counted(rounds.length, 'round')} are stored in ${label}.`);
    },
  };
}
