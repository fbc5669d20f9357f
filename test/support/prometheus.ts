import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import * as promClient from 'prom-client';
import { prometheusMetrics } from '../../src/prometheus.ts';

export const DURATION = 'http_server_request_duration_seconds';

export interface Series {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** Parses Prometheus' text format strictly. */
export function parse(text: string): Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^# (?:HELP|TYPE) /.test(line))
    .map((line) => {
      const match = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:\\.|[^"\\])*",?)+)\})? (\S+)$/.exec(line);
      assert.ok(match, line);
      const labels = [...(match[2] ?? '').matchAll(/([a-z_]+)="((?:\\.|[^"\\])*)"/g)];
      return {
        name: match[1]!,
        labels: Object.fromEntries(labels.map(([, name, value]) => [name!, value!.replace(/\\(.)/g, '$1')])),
        value: Number(match[3]),
      };
    });
}

export const valueIn = (series: Series[], name: string) => series.find((each) => each.name === name)?.value;
export const counts = (series: Series[]) => series.filter(({ name }) => name === `${DURATION}_count`);

/** A registry with the metrics of this process, which are removed when the test ends. */
export function registry(t: TestContext, client: { Registry: typeof promClient.Registry } = promClient) {
  const register = new client.Registry();
  const metrics = prometheusMetrics({ register });
  t.after(() => metrics.close());
  return { register, metrics, scrape: async () => parse(await register.metrics()) };
}
