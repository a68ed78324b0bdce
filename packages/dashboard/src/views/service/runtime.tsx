import type { MetricSeriesResponse, MetricsResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SparkLine } from '../../charts/spark/spark.tsx';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatChange, plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Measure } from '../../parts/measure.tsx';
import { Pane } from '../../parts/pane.tsx';
import { held } from '../../series/bridges.ts';
import { formatFor, percentWhenShare } from '../../series/value-format.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { aggregatesOf } from '../metrics/aggregates.ts';
import { useServiceMetrics } from './use-service.ts';

type Metric = MetricsResponse['metrics'][number];

/** Prefixes of the metrics of runtimes, processes and containers in the semantic conventions. */
const RUNTIME = /^(?:process|jvm|nodejs|v8js|go|dotnet|cpython|container|k8s\.pod|system)\./;
const SHOWN = 8;
const STEPS = 40;
const REFRESH_MILLIS = 10_000;

/** The runtime metrics of a service, or its first metrics if it has none. */
export function Runtime({ service }: { readonly service: string }): ReactNode {
  const metrics = useServiceMetrics(service);
  const time = timeOf(usePageSearch());
  const runtime = metrics?.filter(({ name }) => RUNTIME.test(name)) ?? [];
  const shown = [...runtime, ...(metrics ?? []).filter((metric) => !runtime.includes(metric))].slice(0, SHOWN);
  return (
    <Pane
      title={runtime.length > 0 ? t('Runtime') : t('Metrics')}
      note={metrics === undefined ? undefined : plural(metrics.length, 'metric')}
      className="bb"
      actions={
        <Link className="push s12 nowrap" to="/metrics" search={time}>
          {t('Open in Metrics')}
        </Link>
      }
    >
      {metrics === undefined ? (
        <LoadingRows rows={4} />
      ) : shown.length === 0 ? (
        <EmptyState tight title={t('No metrics in this range')} />
      ) : (
        <ul>
          {shown.map((metric) => (
            <MetricRow key={metric.name} metric={metric} service={service} />
          ))}
        </ul>
      )}
    </Pane>
  );
}

function MetricRow({ metric, service }: { readonly metric: Metric; readonly service: string }): ReactNode {
  const time = timeOf(usePageSearch());
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const [aggregate = 'avg'] = aggregatesOf(metric);
  const where = [writeCondition('service', '=', service)];
  const { data } = useApiQuery<MetricSeriesResponse>({
    path: '/metrics/series',
    params: { start: startMillis, end: endMillis, name: metric.name, aggregate, where, steps: STEPS, limit: 1 },
    tick: Math.floor(nowMillis / REFRESH_MILLIS),
    batch: true,
  });
  const values = held(data?.series[0]?.values ?? []);
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  const half = Math.floor(known.length / 2);
  const mean = (some: readonly number[]): number => some.reduce((sum, value) => sum + value, 0) / some.length;
  const format = percentWhenShare(
    formatFor(metric.unit, aggregate, metric.kind),
    metric.unit,
    aggregate,
    Math.max(0, ...known),
  );
  return (
    <li>
      <Link
        to="/metrics"
        search={{ ...time, metric: metric.name, agg: [aggregate], where }}
        className="sv-metric plain"
      >
        <bdi className="mono cut" title={metric.description}>
          {metric.name}
        </bdi>
        <SparkLine values={values} width={120} height={18} />
        <span className="num">{last === undefined ? '—' : <Measure of={format.quantity(last)} />}</span>
        <span className="num t3" title={t('Second half of the range compared with the first')}>
          {half === 0 ? '' : formatChange(mean(known.slice(half)), mean(known.slice(0, half)))}
        </span>
      </Link>
    </li>
  );
}
