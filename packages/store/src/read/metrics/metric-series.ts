import { type MetricSeries, type MetricSeriesQuery, QueryError, type Store } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { jsonValue } from '../shared/attributes.ts';
import { compileConditions } from '../shared/conditions.ts';
import {
  asList,
  asNumber,
  asOptionalNumber,
  asText,
  type ReadContext,
  type Row,
  select,
  where,
  withRange,
} from '../shared/context.ts';
import { fieldPlaces, placesText } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { type StatementName, statementText } from '../shared/statements.ts';
import { rangeConditions, type Steps, stepsOf } from '../shared/steps.ts';
import { type Bucket, bucketQuantile, type HistogramPoint, histogramPoint, observedSince } from './histograms.ts';
import { labelField } from './labels.ts';

/** Returns the points of the matching series, grouped by labels, in steps, largest series first. */
export async function metricSeries(context: ReadContext, query: MetricSeriesQuery): ReturnType<Store['metricSeries']> {
  const steps = stepsOf(query);
  await checkPatterns(context, query);
  return withRange(context, query, 'metrics', { series: [], total: 0 }, async (files) => {
    const source: Source = { context, query, files, steps };
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
  });
}

interface Source {
  readonly context: ReadContext;
  readonly query: MetricSeriesQuery;
  readonly files: Files;
  readonly steps: Steps;
}

interface Group {
  /** The values of `groupBy`, in order. */
  readonly labels: readonly string[];
  readonly values: (number | undefined)[];
}

/** Groups, keyed by their labels as JSON. */
type Groups = ReadonlyMap<string, Group>;

/** SQL for a point as a single number: its value, or the sum of a histogram or summary; null if none was recorded. */
const VALUE = 'CASE WHEN coalesce(flags, 0) & 1 = 0 THEN coalesce(value_double, value_int::DOUBLE, sum) END AS value';
/**
 * SQL for the number from which rates are computed: the value of sums, or the observation count of histograms and
 * summaries.
 */
const TOTAL = 'coalesce(value_double, value_int::DOUBLE, count::DOUBLE) AS total';
const RECORDED = 'coalesce(flags, 0) & 1 = 0';

function groupValues(source: Source): Promise<Groups> {
  const { aggregate } = source.query;
  if (aggregate === 'rate') return rates(source);
  const quantile = /^p(\d+)$/.exec(aggregate)?.[1];
  return quantile === undefined ? aggregates(source) : quantiles(source, Number(quantile) / 100);
}

async function aggregates(source: Source): Promise<Groups> {
  const rows = await selectPoints(source, 'series-values', ['time', VALUE]);
  return collect(source, rows, (row) => asOptionalNumber(row[source.query.aggregate]));
}

async function rates(source: Source): Promise<Groups> {
  const stepSeconds = `${source.steps.stepSeconds}::DOUBLE AS step_seconds`;
  const columns = ['series', 'time', 'start_time', 'temporality', 'kind', TOTAL, stepSeconds];
  const rows = await selectPoints(source, 'series-increases', columns, [RECORDED]);
  if (rows.some((row) => row['has_gauge'] === true)) {
    throw new QueryError(`aggregate: rate needs a sum or a histogram, "${source.query.name}" is a gauge`);
  }
  return collect(source, rows, (row) => asOptionalNumber(row['rate']));
}

async function quantiles(source: Source, q: number): Promise<Groups> {
  const rows = await selectPoints(source, 'histogram-points', HISTOGRAM_COLUMNS, [RECORDED]);
  const buckets = new Map<Group, Bucket[][]>();
  let before: HistogramPoint | undefined;
  const groups = collect(source, rows, () => undefined);
  for (const row of rows) {
    const point = histogramPoint(row);
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

const HISTOGRAM_COLUMNS = [
  ...['series', 'time', 'start_time', 'temporality', 'kind', 'count', 'explicit_bounds', 'bucket_counts'],
  ...['scale', 'zero_count', 'zero_threshold', 'positive', 'negative'],
];

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

async function selectPoints(
  source: Source,
  statement: StatementName,
  columns: readonly string[],
  further: readonly string[] = [],
): Promise<readonly Row[]> {
  const parameters = new ParameterBag();
  const step = `${source.steps.indexOf(TIME_COLUMN.metrics)} AS step`;
  const selected = [labelsColumn(source, parameters), step, ...columns].join(', ');
  const conditions = where([...conditionsOf(source, parameters), ...further]);
  const text = `WITH rows AS (SELECT ${selected} FROM ${source.files.relation} ${conditions}) ${statementText(statement)}`;
  return select(source.context, source.query.tenant, text, parameters);
}

function labelsColumn({ query, files }: Source, parameters: ParameterBag): string {
  const texts = query.groupBy.map((key) => {
    const places = fieldPlaces(labelField(key), 'metrics', files, parameters);
    return `coalesce(${placesText(places)}, '')`;
  });
  return `[${texts.join(', ')}]::VARCHAR[] AS labels`;
}

function conditionsOf({ query, files }: Source, parameters: ParameterBag): readonly string[] {
  return [
    ...rangeConditions(TIME_COLUMN.metrics, query, files),
    `name = ${parameters.add(query.name)}`,
    ...compileConditions(query.conditions, { signal: 'metrics', files, parameters }),
  ];
}

/**
 * Maximum number of points whose exemplars are returned. Beyond it, only every nth point is used, spread over the
 * range.
 */
const EXEMPLAR_POINTS = 1000n;

async function exemplarsOf(source: Source): Promise<ReadonlyMap<string, MetricSeries['exemplars']>> {
  const { context, query, files } = source;
  const parameters = new ParameterBag();
  const labels = labelsColumn(source, parameters);
  const conditions = where([...conditionsOf(source, parameters), 'exemplars IS NOT NULL']);
  const text =
    `SELECT ${labels}, exemplars FROM ${files.relation} ${conditions} ` +
    'QUALIFY (row_number() OVER (ORDER BY time) - 1) % ' +
    `(1 + (count(*) OVER () - 1) // ${parameters.add(EXEMPLAR_POINTS)}) = 0 ORDER BY time`;
  const rows = await select(context, query.tenant, text, parameters);
  return new Map(
    [...Map.groupBy(rows, (row) => JSON.stringify(row['labels']))].map(([key, group]) => [
      key,
      group.flatMap((row) => (jsonValue(asText(row['exemplars'])) as unknown as readonly Row[]).map(exemplarOf)),
    ]),
  );
}

function exemplarOf(exemplar: Row): MetricSeries['exemplars'][number] {
  return {
    time: BigInt((exemplar['time'] as number | bigint | undefined) ?? 0),
    value: asNumber(exemplar['value']),
    traceId: asText(exemplar['trace_id']),
    spanId: asText(exemplar['span_id']),
  };
}

function total(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
