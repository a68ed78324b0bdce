import { evaluateMetrics } from '../../traceql/metrics/evaluate.ts';
import { type Intervals, intervalMillis, rangeIntervals } from '../../traceql/metrics/intervals.ts';
import type { SeriesSet, TimeSeries } from '../../traceql/metrics/series.ts';
import type { FieldExpression, MetricsFunction } from '../../traceql/parse/ast.ts';
import { intrinsicAttribute, scopedAttribute } from '../../traceql/parse/attributes.ts';
import { sourceOf, type TraceHandler, type TraceRequest } from '../../traceql/request.ts';
import { plainText } from '../../traceql/values/format.ts';
import type { KindName } from '../../traceql/values/static.ts';
import { booleanParameter, integerParameter, invalidParameter, timeParameter } from '../parameters.ts';
import { JaegerProblem } from '../problem.ts';
import { all, kindCondition, kindOf, spanCondition } from '../search/conditions.ts';
import { envelope } from './envelope.ts';

const MILLISECOND = 1_000_000n;
const HOUR_MILLIS = 3_600_000;
const DEFAULT_STEP_MILLIS = 5000;
const DEFAULT_RATE_MILLIS = 600_000;
const MAX_POINTS = 11_000;
const SERVICE = scopedAttribute('resource', 'service.name');

/** `metrics/minstep`: the smallest step in milliseconds. */
export const minStep: TraceHandler = () => envelope(1);

/** `metrics/latencies`: a quantile of durations in milliseconds. */
export const latencies: TraceHandler = async (request) => {
  const text = request.parameters.get('quantile') ?? '';
  const quantile = text === '' ? Number.NaN : Number(text);
  if (!(quantile >= 0 && quantile <= 1))
    throw invalidParameter('quantile', `expected a number from 0 to 1, got ${JSON.stringify(text)}`);
  const query = queryOf(request, 0);
  const duration = intrinsicAttribute('duration');
  const series = await evaluate(request, query, query.condition, (by) => ({
    kind: 'quantile_over_time',
    attribute: duration,
    quantiles: [quantile],
    by,
  }));
  const values = [...series.values()].map((one) => ({
    ...one,
    values: one.values.map((value) => (value === 0 ? Number.NaN : value * 1000)),
  }));
  return family(query, 'latencies', `${quantile}th quantile latency`, values);
};

/** `metrics/calls`: calls per second. */
export const calls: TraceHandler = async (request) => {
  const query = queryOf(request);
  const counts = await countSpans(request, query, query.condition);
  return family(
    query,
    'call_rate',
    'calls/sec',
    [...counts.values()].map((one) => ({ ...one, values: rates(one.values, query) })),
  );
};

/** `metrics/errors`: the ratio of failed calls. */
export const errors: TraceHandler = async (request) => {
  const query = queryOf(request);
  const failed = all([
    query.condition,
    { kind: 'binary', operator: '=', left: intrinsicAttribute('status'), right: ERROR },
  ]);
  const [counts, failures] = [
    await countSpans(request, query, query.condition),
    await countSpans(request, query, failed),
  ];
  const ratios = [...counts].map(([key, series]) => {
    const total = rates(series.values, query);
    const own = rates(failures.get(key)?.values ?? new Float64Array(total.length), query);
    return { ...series, values: own.map((value, index) => value / (total[index] ?? Number.NaN)) };
  });
  return family(query, 'error_rate', 'error rate, computed as a fraction of errors/sec over calls/sec', ratios);
};

const ERROR: FieldExpression = { kind: 'static', value: { type: 'status', value: 'error' } };

interface MetricsQuery {
  readonly condition: FieldExpression;
  readonly byOperation: boolean;
  readonly intervals: Intervals;
  /** Number of steps over which rates are averaged, which are read before the first point. */
  readonly window: number;
}

function queryOf(
  { parameters, nowMillis }: TraceRequest,
  defaultRateMillis: number = DEFAULT_RATE_MILLIS,
): MetricsQuery {
  const services = parameters.getAll('service');
  if (services.length === 0) throw invalidParameter('service', 'please provide at least one service name');
  const kinds = parameters.getAll('spanKind').map(kindParameter);
  const end = timeParameter(parameters, 'endTs', MILLISECOND) ?? BigInt(Math.trunc(nowMillis())) * MILLISECOND;
  const step = Math.max(1, integerParameter(parameters, 'step', DEFAULT_STEP_MILLIS));
  const ratePer = defaultRateMillis === 0 ? 0 : integerParameter(parameters, 'ratePer', defaultRateMillis);
  const window = Math.max(1, Math.round(ratePer / step));
  const lookback = integerParameter(parameters, 'lookback', HOUR_MILLIS) + (window - 1) * step;
  if (lookback / step > MAX_POINTS)
    throw new JaegerProblem(400, `step: expected at most ${MAX_POINTS} steps, got ${Math.ceil(lookback / step)}`);
  const ofServices = services.map((service) => spanCondition({ ...ANY, service }));
  return {
    condition: all([ofServices.reduce(either), kindCondition(kinds.length === 0 ? ['server'] : kinds)]),
    byOperation: booleanParameter(parameters, 'groupByOperation'),
    intervals: rangeIntervals(end - BigInt(lookback) * MILLISECOND, end, BigInt(step) * MILLISECOND),
    window,
  };
}

const ANY = { service: '', operation: '', tags: [], minDuration: undefined, maxDuration: undefined } as const;

function either(left: FieldExpression, right: FieldExpression): FieldExpression {
  return { kind: 'binary', operator: '||', left, right };
}

function kindParameter(text: string): KindName {
  const kind = kindOf(text.replace(/^SPAN_KIND_/, ''));
  if (kind === undefined) throw invalidParameter('spanKind', `unsupported span kind: '${text}'`);
  return kind;
}

function countSpans(request: TraceRequest, query: MetricsQuery, condition: FieldExpression): Promise<SeriesSet> {
  return evaluate(request, query, condition, (by) => ({ kind: 'count_over_time', by }));
}

function evaluate(
  request: TraceRequest,
  { byOperation, intervals }: MetricsQuery,
  condition: FieldExpression,
  functionBy: (by: readonly (typeof SERVICE)[]) => MetricsFunction,
): Promise<SeriesSet> {
  const by = byOperation ? [SERVICE, intrinsicAttribute('name')] : [SERVICE];
  const expression = {
    kind: 'query',
    pipeline: [{ kind: 'filter', condition }],
    metrics: functionBy(by),
    stages: [],
  } as const;
  return evaluateMetrics(sourceOf(request), expression, intervals, 0);
}

/** Converts counts to rates per second over the window before each point. */
function rates(counts: Float64Array, { window, intervals }: MetricsQuery): Float64Array {
  const seconds = (window * Number(intervals.stepNanos)) / 1e9;
  return counts.map((_, index) => {
    if (index < window - 1) return Number.NaN;
    return counts.subarray(index - window + 1, index + 1).reduce((sum, value) => sum + value, 0) / seconds;
  });
}

function family(query: MetricsQuery, name: string, help: string, series: readonly TimeSeries[]): object {
  const group = query.byOperation ? 'service_operation' : 'service';
  return {
    name: `${group}_${name}`,
    type: 'GAUGE',
    help: `${help}, grouped by ${query.byOperation ? 'service & operation' : 'service'}`,
    metrics: series.map(({ labels, values }) => ({
      labels: labels.flatMap(({ name: label, value }) => {
        const own = label === 'name' ? 'operation' : label === 'resource.service.name' ? 'service_name' : undefined;
        return own === undefined ? [] : [{ name: own, value: plainText(value) }];
      }),
      metricPoints: [...values].flatMap((value, index) => {
        if (Number.isNaN(value)) return [];
        const timestamp = new Date(intervalMillis(query.intervals, index)).toISOString().replace('.000Z', 'Z');
        return [{ gaugeValue: { doubleValue: value }, timestamp }];
      }),
    })),
  };
}
