import { DEFAULT_TENANT } from '@otelier/otlp';
import type { RangeQuery, Store } from '@otelier/store';
import { liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

const RECENT_MILLIS = 600_000;
const BEFORE_MILLIS = 3_600_000;
/** Number of series of a metric that makes queries slow and storage expensive. */
const MANY_SERIES = 10_000;
/** Number of series from which growth is worth a finding. */
const MIN_GROWN_SERIES = 1_000;
const MAX_METRICS = 5_000;

/** Reports stored metrics with many series, or with many more than in the hour before, and the attribute that causes it. */
export const cardinality = liveCheck('cardinality', async ({ stores }, { nowMillis }) => {
  const findings = await Promise.all([...new Set(stores.values())].map((store) => checkStore(store, nowMillis)));
  return findings.flat();
});

async function checkStore(store: Store, nowMillis: number): Promise<CheckFinding[]> {
  const { signals } = await store.stats();
  // The engine for queries is loaded only if there are metrics.
  const { rows = 0, pendingRows = 0 } = signals['metrics'] ?? {};
  if (rows + pendingRows === 0) return [];
  const recent = rangeOf(nowMillis - RECENT_MILLIS, nowMillis);
  const before = rangeOf(nowMillis - RECENT_MILLIS - BEFORE_MILLIS, nowMillis - RECENT_MILLIS);
  const metrics = await store.metricNames({ ...recent, limit: MAX_METRICS });
  if (metrics.every(({ seriesCount }) => seriesCount < MIN_GROWN_SERIES)) return [];
  const earlier = new Map(
    (await store.metricNames({ ...before, limit: MAX_METRICS })).map(({ name, seriesCount }) => [name, seriesCount]),
  );
  const found = metrics.filter(({ name, seriesCount }) => {
    const past = earlier.get(name);
    const isGrowing = past !== undefined && seriesCount >= MIN_GROWN_SERIES && seriesCount > 2 * past;
    return seriesCount >= MANY_SERIES || isGrowing;
  });
  return await Promise.all(
    found.map(async ({ name, seriesCount, services }): Promise<CheckFinding> => {
      const labels = await store.metricLabels({ ...recent, name });
      const label = labels.toSorted((a, b) => b.values - a.values)[0];
      const past = earlier.get(name);
      const growth = past === undefined ? '' : `, ${past.toLocaleString('en')} in the hour before`;
      const cause =
        label === undefined ? '' : `; the attribute ${label.key} has ${label.values.toLocaleString('en')} values`;
      return {
        severity: 'warning',
        subject: `metric ${name}`,
        message: `${seriesCount.toLocaleString('en')} series in the last 10 minutes${growth}, sent by ${services.join(', ')}${cause}`,
        remedy:
          'Remove the attribute with the processor `attributes`, sum over it with `metrics_transform`, or limit the series with `cardinality_limit`.',
      };
    }),
  );
}

function rangeOf(startMillis: number, endMillis: number): RangeQuery {
  const nanos = (millis: number) => BigInt(Math.round(millis)) * 1_000_000n;
  return { tenant: DEFAULT_TENANT, start: nanos(startMillis), end: nanos(endMillis) };
}
