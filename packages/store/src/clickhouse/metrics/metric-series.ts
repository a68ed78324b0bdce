import { DataPointView } from '@otelier/otlp';
import { type MetricSeries, type MetricSeriesQuery, QueryError, type Store } from '../../contract.ts';
import {
  type Bucket,
  bucketQuantile,
  type HistogramPoint,
  histogramPoint,
  observedSince,
} from '../../read/metrics/histograms.ts';
import { labelField } from '../../read/metrics/labels.ts';
import { bytesOf } from '../decode/groups.ts';
import { SERIES, START_NS, TIME_NS } from '../schema/layout.ts';
import { compileConditions } from '../shared/conditions.ts';
import {
  asBigInt,
  asDouble,
  asList,
  asNumber,
  asText,
  type ClickHouseContext,
  type Row,
  select,
} from '../shared/context.ts';
import { fieldPlace, optionalText } from '../shared/fields.ts';
import { quoteText } from '../shared/quote.ts';
import { type Steps, stepsOf } from '../shared/steps.ts';
import { pointsFrom, pointsRange, tableOfKind } from './points.ts';

/** Returns the points of the matching series, grouped by labels, in steps, largest series first. */
export async function metricSeries(
  context: ClickHouseContext,
  query: MetricSeriesQuery,
): ReturnType<Store['metricSeries']> {
  const steps = stepsOf(query);
  if (query.end <= query.start) return { series: [], total: 0 };
  const source: Source = { context, query, steps };
  const groups = await groupValues(source);
  const largest = [...groups.values()].sort((a, b) => total(b.values) - total(a.values)).slice(0, query.limit);
  const exemplars = largest.length === 0 ? new Map() : await exemplarsOf(source);
  const series = largest.map(({ labels, values }) => ({
    labels: Object.fromEntries(query.groupBy.map((key, index) => [key, labels[index] ?? ''])),
    times: steps.times,
    values,
    exemplars: exemplars.get(JSON.stringify(labels)) ?? [],
  }));
  return { series, total: groups.size };
}

interface Source {
  readonly context: ClickHouseContext;
  readonly query: MetricSeriesQuery;
  readonly steps: Steps;
}

interface Group {
  /** The values of `groupBy`, in order. */
  readonly labels: readonly string[];
  readonly values: (number | undefined)[];
}

type Groups = ReadonlyMap<string, Group>;

const RECORDED = 'bitAnd(Flags, 1) = 0';

function groupValues(source: Source): Promise<Groups> {
  const { aggregate } = source.query;
  if (aggregate === 'rate') return rates(source);
  const quantile = /^p(\d+)$/.exec(aggregate)?.[1];
  return quantile === undefined ? aggregates(source) : quantiles(source, Number(quantile) / 100);
}

/** SQL for the value of a group in a step. */
const AGGREGATES: Readonly<Record<string, string>> = {
  sum: 'sum(value)',
  avg: 'avg(value)',
  min: 'min(value)',
  max: 'max(value)',
  last: `argMax(value, ${TIME_NS})`,
  count: 'toFloat64(count())',
};

async function aggregates(source: Source): Promise<Groups> {
  const points = pointsOf(source, ['value', TIME_NS], [RECORDED]);
  const text = `SELECT labels, step, ${AGGREGATES[source.query.aggregate]} AS result FROM ${points} GROUP BY labels, step`;
  return collect(source, await select(source.context, text), (row) => asDouble(row['result']));
}

/**
 * The increase per second. A cumulative total that decreased, or whose start time is after the previous point, has been
 * reset. The increase is divided by the time that it covers, as `series-increases.sql` of the embedded store explains.
 */
async function rates(source: Source): Promise<Groups> {
  const points = pointsOf(source, ['total', 'temporality', SERIES, TIME_NS, START_NS], [RECORDED]);
  const { stepSeconds } = source.steps;
  const before = (column: string): string => `lagInFrame(toNullable(${column})) OVER in_order`;
  const ordered =
    `SELECT labels, step, kind, ${SERIES} AS series, temporality = 1 AS is_delta, total, ${TIME_NS} AS at, ${START_NS} AS start, ` +
    `${before('total')} AS total_before, ${before(TIME_NS)} AS at_before, ${before(START_NS)} AS start_before FROM ${points} ` +
    `WINDOW in_order AS (PARTITION BY ${SERIES} ORDER BY ${TIME_NS} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;
  const increases =
    'SELECT labels, step, kind, series, is_delta, multiIf(is_delta, total, isNull(total_before), NULL, total < total_before, total, ' +
    'start != start_before AND start >= at_before, total, total - total_before) AS increase, ' +
    `greatest(0, at - if(is_delta, nullIf(start, 0), at_before)) / 1e9 AS seconds FROM (${ordered})`;
  const covered = 'ifNull(sum(seconds), 0)';
  const bySeries =
    `SELECT labels, step, max(kind = 'gauge') AS is_gauge, sum(increase) / if(any(is_delta), ` +
    `greatest(${stepSeconds}, ${covered}), if(${covered} = 0, ${stepSeconds}, ${covered})) AS rate FROM (${increases}) ` +
    'GROUP BY labels, step, series';
  const text = `SELECT labels, step, sum(rate) AS result, max(is_gauge) AS has_gauge FROM (${bySeries}) GROUP BY labels, step`;
  const rows = await select(source.context, text);
  if (rows.some((row) => asNumber(row['has_gauge']) === 1)) {
    throw new QueryError(`aggregate: rate needs a sum or a histogram, "${source.query.name}" is a gauge`);
  }
  return collect(source, rows, (row) => (row['result'] === null ? undefined : asDouble(row['result'])));
}

async function quantiles(source: Source, q: number): Promise<Groups> {
  const columns = ['temporality', SERIES, TIME_NS, START_NS, 'item'];
  const points = pointsOf(source, columns, [RECORDED]);
  const names = `labels, step, kind, temporality, ${SERIES} AS series, ${TIME_NS} AS at, ${START_NS} AS start, item`;
  const rows = await select(source.context, `SELECT ${names} FROM ${points} ORDER BY series, at`);
  const buckets = new Map<Group, Bucket[][]>();
  let before: HistogramPoint | undefined;
  const groups = collect(source, rows, () => undefined);
  for (const row of rows) {
    const point = pointOf(row);
    const group = groups.get(JSON.stringify(row['labels']));
    if (group !== undefined) {
      const bySteps = buckets.get(group) ?? source.steps.times.map(() => []);
      buckets.set(group, bySteps);
      bySteps[point.step]?.push(...observedSince(point, before));
    }
    before = point;
  }
  for (const [group, bySteps] of buckets) {
    for (const [step, observed] of bySteps.entries()) group.values[step] = bucketQuantile(observed, q);
  }
  return groups;
}

const view = new DataPointView();

/** Converts a row to a point of a histogram. */
function pointOf(row: Row): HistogramPoint {
  const kind = asText(row['kind']);
  const point = view.ofKind(tableOfKind(kind)).reset(bytesOf(row['item']));
  const side = (buckets: DataPointView['positive']): string | undefined =>
    buckets && JSON.stringify({ offset: buckets.offset, counts: buckets.bucketCounts.map(Number) });
  return histogramPoint({
    kind,
    series: asBigInt(row['series']),
    step: row['step'],
    time: asBigInt(row['at']),
    start_time: asBigInt(row['start']),
    is_delta: asNumber(row['temporality']) === 1,
    count: Number(point.count ?? 0),
    explicit_bounds: JSON.stringify(point.explicitBounds ?? []),
    bucket_counts: JSON.stringify((point.bucketCounts ?? []).map(Number)),
    scale: point.scale,
    zero_count: Number(point.zeroCount ?? 0),
    zero_threshold: point.zeroThreshold,
    positive: side(point.positive),
    negative: side(point.negative),
  });
}

function collect(source: Source, rows: readonly Row[], readValue: (row: Row) => number | undefined): Groups {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const key = JSON.stringify(row['labels']);
    const group = groups.get(key) ?? {
      labels: asList(row['labels']).map(asText),
      values: source.steps.times.map(() => undefined),
    };
    groups.set(key, group);
    group.values[asNumber(row['step'])] = readValue(row);
  }
  return groups;
}

/** Returns the matching points with these columns, and with `labels` and `step`. */
function pointsOf({ context, query, steps }: Source, columns: readonly string[], further: readonly string[]): string {
  const labels = query.groupBy.map((key) => {
    const text = optionalText(fieldPlace(labelField(key), 'metrics'));
    return `ifNull(${text}, '')`;
  });
  const selected = [
    `CAST([${labels.join(', ')}], 'Array(String)') AS labels`,
    `${steps.indexOf(TIME_NS)} AS step`,
    ...columns,
  ];
  const conditions = [
    ...pointsRange(query),
    `MetricName = ${quoteText(query.name)}`,
    ...compileConditions(query.conditions, 'metrics'),
    ...further,
  ];
  return pointsFrom(context, selected, conditions);
}

/** Maximum number of points whose exemplars are returned. Beyond it, every nth point is used, spread over the range. */
const EXEMPLAR_POINTS = 1000;

async function exemplarsOf(source: Source): Promise<ReadonlyMap<string, MetricSeries['exemplars']>> {
  const points = pointsOf(source, ['exemplars', TIME_NS, 'item'], ['exemplars']);
  const text =
    `SELECT labels, kind, item FROM (SELECT labels, kind, item, ${TIME_NS} AS at, row_number() OVER (ORDER BY ${TIME_NS}) - 1 AS place, ` +
    `count() OVER () AS points FROM ${points}) WHERE place % (1 + intDiv(points - 1, ${EXEMPLAR_POINTS})) = 0 ORDER BY at`;
  const rows = await select(source.context, text);
  const byLabels = Map.groupBy(rows, (row) => JSON.stringify(row['labels']));
  return new Map([...byLabels].map(([key, group]) => [key, group.flatMap(exemplarsIn)]));
}

function exemplarsIn(row: Row): MetricSeries['exemplars'] {
  const point = view.ofKind(tableOfKind(asText(row['kind']))).reset(bytesOf(row['item']));
  return point.exemplars.map((exemplar) => ({
    time: exemplar.timeUnixNano,
    value: Number(exemplar.value ?? 0),
    traceId: exemplar.traceId,
    spanId: exemplar.spanId,
  }));
}

function total(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
