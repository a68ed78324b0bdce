import { type ReactNode, useEffect, useState } from 'react';
import { SparkLine } from '../../charts/spark/spark.tsx';
import { held } from '../../series/bridges.ts';
import { aggregatesOf, type Metric } from './aggregates.ts';
import { useTrend } from './use-metrics.ts';

/** Time for which a row must be visible before it is queried, so that rows that are scrolled past send no query. */
const SETTLE_MILLIS = 250;

/** A sparkline of a metric, queried once its row has been visible for a short time. */
export function MetricTrend({ metric }: { readonly metric: Metric }): ReactNode {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), SETTLE_MILLIS);
    return () => clearTimeout(timer);
  }, []);
  const [usual = 'avg'] = aggregatesOf(metric);
  const { data } = useTrend(metric.name, usual, settled);
  const values = data?.series[0]?.values;
  return values === undefined ? (
    <span style={{ width: 40 }} />
  ) : (
    <SparkLine values={held(values).slice(0, -1)} width={40} height={16} mark={false} quiet />
  );
}
