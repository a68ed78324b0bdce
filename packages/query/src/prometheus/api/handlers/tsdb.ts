import type { MetricStream } from '@otelier/store';
import { SOURCE_LIMITS } from '../../store-source.ts';
import { streamLabels } from '../../translate/labels.ts';
import { metricName } from '../../translate/names.ts';
import type { PrometheusHandler } from '../context.ts';
import { PrometheusProblem } from '../problem.ts';

/** Age of the oldest points that are counted: about what the head of a Prometheus contains. */
const HEAD_MILLIS = 2 * 3_600_000;
const DEFAULT_LIMIT = 10;
const NANOS_PER_MILLI = 1_000_000n;

/**
 * `status/tsdb`: the cardinality of recent metrics. A stream counts as one series, although a classic histogram has several.
 */
export const tsdb: PrometheusHandler = async ({ store, nowMillis, parameters, access }) => {
  const limit = limitOf(parameters);
  const now = BigInt(Math.trunc(nowMillis()));
  const streams = await store().metricStreams({
    tenant: access.tenant,
    start: (now - BigInt(HEAD_MILLIS)) * NANOS_PER_MILLI,
    end: (now + 1n) * NANOS_PER_MILLI,
    limit: SOURCE_LIMITS.streams,
  });
  const { tenants, signals } = await store().stats();
  const own = tenants === undefined ? signals : tenants.find(({ tenant }) => tenant === access.tenant)?.signals;
  const counts = countLabels(streams);
  const valuesByName = new Map([...counts.values].map(([name, values]) => [name, values.size] as const));
  return {
    headStats: {
      numSeries: streams.length,
      numLabelPairs: counts.pairs.size,
      chunkCount: own?.['metrics']?.files ?? 0,
      minTime: streams.reduce((minTime, { first }) => Math.min(minTime, first), streams[0]?.first ?? 0),
      maxTime: streams.reduce((maxTime, { last }) => Math.max(maxTime, last), 0),
    },
    seriesCountByMetricName: largest(counts.metrics, limit),
    labelValueCountByLabelName: largest(valuesByName, limit),
    memoryInBytesByLabelName: largest(counts.bytes, limit),
    seriesCountByLabelValuePair: largest(counts.pairs, limit),
  };
};

function limitOf(parameters: URLSearchParams): number {
  const text = parameters.get('limit') ?? String(DEFAULT_LIMIT);
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new PrometheusProblem('bad_data', 'limit must be a positive number');
}

function countLabels(streams: readonly MetricStream[]) {
  const metrics = new Map<string, number>();
  const values = new Map<string, Set<string>>();
  const bytes = new Map<string, number>();
  const pairs = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string, count: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + count);
  };
  for (const stream of streams) {
    const name = metricName(stream, 'plain');
    add(metrics, name, 1);
    for (const [label, value] of [['__name__', name] as const, ...streamLabels(stream, 'plain').entries()]) {
      add(pairs, `${label}=${value}`, 1);
      const known = values.get(label) ?? new Set<string>();
      values.set(label, known);
      if (known.has(value)) continue;
      known.add(value);
      add(bytes, label, Buffer.byteLength(value));
    }
  }
  return { metrics, values, bytes, pairs };
}

function largest(counts: ReadonlyMap<string, number>, limit: number): readonly object[] {
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.slice(0, limit).map(([name, value]) => ({ name, value }));
}
