import type { MetricSeriesResponse } from '@otelier/query';
import { roundStep } from '../charts/axes/time-ticks.ts';
import type { PageWindow } from '../time/range.ts';
import type { QueryWindow } from './macros.ts';

/** Largest number of steps in a chart. */
const STEPS = 120;

/** Returns the range of a query with its step, both on multiples of the step, so that a live chart keeps its points. */
export function queryWindow({ startMillis, endMillis }: Pick<PageWindow, 'startMillis' | 'endMillis'>): QueryWindow {
  const stepMillis = Math.max(1000, Math.ceil(roundStep((endMillis - startMillis) / STEPS)));
  return {
    startMillis: Math.floor(startMillis / stepMillis) * stepMillis,
    endMillis: Math.ceil(endMillis / stepMillis) * stepMillis,
    stepMillis,
  };
}

type Series = MetricSeriesResponse['series'][number];

/** A series as APIs return it: times in milliseconds with values. */
export interface PointSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [millis: number, value: number])[];
  readonly exemplars?: Series['exemplars'] | undefined;
}

/** Puts series on the steps of the window. Values that are not a number are gaps. */
export function onGrid(
  { startMillis, endMillis, stepMillis }: QueryWindow,
  series: readonly PointSeries[],
): MetricSeriesResponse {
  const steps = Math.min(MAX_STEPS, Math.max(1, Math.round((endMillis - startMillis) / stepMillis) + 1));
  return {
    timesMillis: Array.from({ length: steps }, (_, step) => startMillis + step * stepMillis),
    stepMillis,
    unit: '',
    total: series.length,
    series: series.map(({ labels, points, exemplars = [] }) => {
      const values: (number | null)[] = Array.from({ length: steps }, () => null);
      for (const [millis, value] of points) {
        const step = Math.round((millis - startMillis) / stepMillis);
        if (step >= 0 && step < steps && !Number.isNaN(value)) values[step] = value;
      }
      return { labels, values, exemplars };
    }),
  };
}

const MAX_STEPS = 11_000;
