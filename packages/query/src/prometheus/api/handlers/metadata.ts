import type { MetricSummary } from '@otelier/store';
import { SOURCE_LIMITS } from '../../store-source.ts';
import { metricName } from '../../translate/names.ts';
import type { PrometheusHandler } from '../context.ts';
import { limitOf } from '../parameters.ts';

const DAY_MILLIS = 86_400_000;

/** `metadata`: type, unit and description of metrics, by name. */
export const metadata: PrometheusHandler = async ({ store, nowMillis, parameters, access }) => {
  const [limit, perMetric] = [limitOf(parameters), limitOf(parameters, 'limit_per_metric')];
  const wanted = parameters.get('metric') ?? '';
  const now = BigInt(Math.trunc(nowMillis()));
  const range = {
    tenant: access.tenant,
    start: (now - BigInt(DAY_MILLIS)) * 1_000_000n,
    end: (now + 1n) * 1_000_000n,
  };
  const metrics = await store().metricNames({ ...range, limit: SOURCE_LIMITS.metrics });
  const byName = new Map<string, object[]>();
  for (const metric of metrics) {
    const name = metricName(metric, 'plain');
    if (wanted !== '' && name !== wanted) continue;
    const entries = byName.get(name) ?? [];
    if (byName.size === limit && limit > 0 && !byName.has(name)) break;
    byName.set(name, entries);
    if (perMetric === 0 || entries.length < perMetric) entries.push(entryOf(metric));
  }
  return Object.fromEntries(byName);
};

function entryOf({ kind, monotonic, unit, description }: MetricSummary): object {
  return { type: typeName(kind, monotonic), unit, help: description };
}

function typeName(kind: MetricSummary['kind'], monotonic: boolean): string {
  switch (kind) {
    case 'sum':
      return monotonic ? 'counter' : 'gauge';
    case 'exponential_histogram':
      return 'histogram';
    default:
      return kind;
  }
}
