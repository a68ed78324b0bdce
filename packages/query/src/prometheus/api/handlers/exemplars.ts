import type { MetricSamples } from '@otelier/store';
import { childrenOf, type Expr, type VectorSelector } from '../../../promql/parse/ast.ts';
import { ALL_FEATURES } from '../../../promql/parse/options.ts';
import { parsePromql } from '../../../promql/parse/parse.ts';
import { type PrometheusHandler, sourceOf } from '../context.ts';
import { formatNumber } from '../format.ts';
import { timeOf } from '../parameters.ts';
import { invalidParameter } from '../problem.ts';

/** `query_exemplars`: the exemplars of the series that a query selects. */
export const queryExemplars: PrometheusHandler = async (request) => {
  const { parameters, nowMillis } = request;
  const end = timeOf(parameters, 'end', nowMillis());
  const start = timeOf(parameters, 'start', end - DAY_MILLIS);
  if (end < start) throw invalidParameter('end', 'end timestamp must not be before start timestamp');
  const selectors = selectorsIn(parsePromql(parameters.get('query') ?? '', ALL_FEATURES));
  const source = sourceOf(request);
  const found = new Map<string, object>();
  for (const { matchers } of selectors) {
    for (const { labels, samples } of await source.selectExemplars({ matchers, start, end })) {
      found.set(labels.key, { seriesLabels: labels.toObject(), exemplars: samples.exemplars.map(exemplarData) });
    }
  }
  return [...found.values()];
};

const DAY_MILLIS = 86_400_000;

function selectorsIn(expr: Expr): VectorSelector[] {
  return expr.kind === 'selector' ? [expr] : childrenOf(expr).flatMap(selectorsIn);
}

function exemplarData({ time, value, traceId, spanId, attributes }: MetricSamples['exemplars'][number]): object {
  const further = Object.entries(attributes).map(([key, attribute]) => [key, String(attribute)]);
  const labels = {
    ...Object.fromEntries(further),
    ...(traceId !== '' && { trace_id: traceId }),
    ...(spanId !== '' && { span_id: spanId }),
  };
  return { labels, value: formatNumber(value), timestamp: time / 1000 };
}
