import type { Store } from '@otelier/store';
import { evaluateSteps } from '../logql/engine.ts';
import { Statistics } from '../logql/evaluate/statistics.ts';
import { parseLogql } from '../logql/parse/parse.ts';
import { LokiSource } from '../loki/store-source.ts';
import { StoreSource } from '../prometheus/store-source.ts';
import { DEFAULT_OPTIONS, evaluateRange } from '../promql/engine.ts';
import type { Control } from '../promql/evaluate/context.ts';
import type { Labels } from '../promql/labels/labels.ts';
import { ALL_FEATURES } from '../promql/parse/options.ts';
import { parsePromql } from '../promql/parse/parse.ts';
import type { QueryResult } from '../promql/result.ts';
import { evaluateMetrics } from '../traceql/metrics/evaluate.ts';
import { intervalMillis, rangeIntervals } from '../traceql/metrics/intervals.ts';
import { parseTraceql } from '../traceql/parse/parse.ts';
import { storeSource } from '../traceql/source.ts';
import { labelsOf } from './traceql-labels.ts';

/** A query that is evaluated at each step of a range. Times are in milliseconds since the epoch. */
export interface RangeQuery {
  readonly language: 'promql' | 'logql' | 'traceql';
  readonly text: string;
  readonly tenant: string;
  /** A multiple of the step. */
  readonly startMillis: number;
  readonly endMillis: number;
  /** Also what a TraceQL query counts spans of. */
  readonly stepMillis: number;
}

/** A series of numbers with their times. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** Evaluates a query at each step of a range over a store. Throws the error of its language. */
export async function rangeQuery(store: Store, query: RangeQuery, control: Control): Promise<readonly RangeSeries[]> {
  const { language, text, tenant, startMillis: start, endMillis: end, stepMillis: step } = query;
  if (language === 'traceql') return traceqlSeries(store, query, control);
  if (language === 'promql') {
    const source = new StoreSource(store, tenant);
    const range = { start, end, step };
    const { result } = await evaluateRange(parsePromql(text, ALL_FEATURES), range, source, DEFAULT_OPTIONS, control);
    return seriesOf(result);
  }
  const expr = parseLogql(text);
  if (expr.kind === 'log') throw new Error('expected a metric query, got a log query');
  const count = Math.floor((end - start) / step) + 1;
  const grid = { start: nanosOf(start), step: nanosOf(step), count };
  const result = await evaluateSteps(expr, grid, {
    source: new LokiSource(store, tenant),
    control,
    statistics: new Statistics(),
    nowMillis: () => end,
  });
  return seriesOf(result);
}

function seriesOf(result: QueryResult): readonly RangeSeries[] {
  if (result.kind !== 'matrix') return [];
  return result.series.map(({ labels, times, samples }) => ({
    labels,
    times,
    values: samples.map((sample) => (typeof sample === 'number' ? sample : sample.count)),
  }));
}

async function traceqlSeries(
  store: Store,
  { text, tenant, startMillis, endMillis, stepMillis }: RangeQuery,
  control: Control,
): Promise<readonly RangeSeries[]> {
  const parsed = parseTraceql(text);
  if (parsed.kind !== 'metrics') throw new Error('expected a metrics query, got a search');
  const source = storeSource(store, tenant, () => control.check());
  const intervals = rangeIntervals(nanosOf(startMillis), nanosOf(endMillis), nanosOf(stepMillis));
  const set = await evaluateMetrics(source, parsed.expression, intervals, 0);
  return [...set.values()].map(({ labels, values }) => {
    const known = [...values].flatMap((value, index) => (Number.isNaN(value) ? [] : [index]));
    return {
      labels: labelsOf(labels),
      times: known.map((index) => intervalMillis(intervals, index)),
      values: known.map((index) => values[index] ?? Number.NaN),
    };
  });
}

function nanosOf(millis: number): bigint {
  return BigInt(Math.trunc(millis)) * 1_000_000n;
}
