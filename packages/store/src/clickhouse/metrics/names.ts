import type { FacetValue, LabelSummary, MetricKind, MetricSummary, RangeQuery } from '../../contract.ts';
import { labelField } from '../../read/metrics/labels.ts';
import type { MetricIdentity } from '../../samples.ts';
import { SERIES, TIME_NS, VALUES } from '../schema/layout.ts';
import { asList, asNumber, asText, type ClickHouseContext, type Row, select } from '../shared/context.ts';
import { fieldPlace, optionalText } from '../shared/fields.ts';
import { quoteText } from '../shared/quote.ts';
import { pointsFrom, pointsRange } from './points.ts';

/** Returns metrics by name. */
export async function metricNames(
  context: ClickHouseContext,
  query: RangeQuery & { readonly match?: string; readonly limit: number },
): Promise<readonly MetricSummary[]> {
  if (query.end <= query.start) return [];
  const conditions = [
    ...pointsRange(query),
    ...(query.match ? [`positionCaseInsensitiveUTF8(MetricName, ${quoteText(query.match)}) > 0`] : []),
  ];
  const columns = [
    ...['MetricName', 'MetricDescription', 'MetricUnit', 'ServiceName'],
    ...['monotonic', 'temporality', SERIES, TIME_NS],
  ];
  const last = (column: string): string => `argMax(${column}, ${TIME_NS})`;
  const text =
    `SELECT toString(MetricName) AS name, ${last('MetricDescription')} AS description, ${last('MetricUnit')} AS unit, ` +
    `${last('kind')} AS last_kind, ${last('monotonic')} AS is_monotonic, ${last('temporality')} AS last_temporality, ` +
    `uniqExact(${SERIES}) AS series, arraySort(groupUniqArray(toString(ServiceName))) AS services ` +
    `FROM ${pointsFrom(context, columns, conditions)} GROUP BY MetricName ORDER BY name LIMIT ${query.limit}`;
  return (await select(context, text)).map((row) => ({
    name: asText(row['name']),
    description: asText(row['description']),
    unit: asText(row['unit']),
    kind: asText(row['last_kind']) as MetricKind,
    monotonic: row['is_monotonic'] === true,
    temporality: temporalityOf(row['last_temporality']),
    seriesCount: asNumber(row['series']),
    services: asList(row['services']).map(asText),
  }));
}

/** Returns the temporality with a number. */
export function temporalityOf(number: unknown): MetricSummary['temporality'] {
  return TEMPORALITIES[asNumber(number)] ?? 'unspecified';
}

const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;

/** Returns a metric's attribute keys with their numbers of values. */
export async function metricLabels(
  context: ClickHouseContext,
  query: RangeQuery & { readonly name: string },
): Promise<readonly LabelSummary[]> {
  if (query.end <= query.start) return [];
  const conditions = [...pointsRange(query), `MetricName = ${quoteText(query.name)}`];
  const attributes = [`Attributes, ${VALUES}`];
  const text =
    `SELECT toString(key) AS label, uniqExact(if(others[key] != '', others[key], texts[key])) AS label_values FROM ` +
    `(SELECT DISTINCT Attributes AS texts, ${VALUES} AS others FROM ${pointsFrom(context, attributes, conditions)}) ` +
    'ARRAY JOIN mapKeys(texts) AS key GROUP BY label ORDER BY label';
  return (await select(context, text)).map((row) => ({
    key: asText(row['label']),
    values: asNumber(row['label_values']),
  }));
}

/** Returns the most frequent values of a label. */
export async function labelValues(
  context: ClickHouseContext,
  query: RangeQuery & { readonly name: string; readonly key: string; readonly limit: number },
): Promise<readonly FacetValue[]> {
  if (query.end <= query.start) return [];
  const label = optionalText(fieldPlace(labelField(query.key), 'metrics'));
  const conditions = [...pointsRange(query), `MetricName = ${quoteText(query.name)}`];
  const text =
    `SELECT label, count() AS points FROM ${pointsFrom(context, [`${label} AS label`], conditions)} ` +
    `WHERE isNotNull(label) GROUP BY label ORDER BY points DESC, label LIMIT ${query.limit}`;
  return (await select(context, text)).map((row) => ({ value: asText(row['label']), count: asNumber(row['points']) }));
}

/** Returns the metrics that have points in the range. */
export async function metricIdentities(
  context: ClickHouseContext,
  query: RangeQuery,
): Promise<readonly MetricIdentity[]> {
  if (query.end <= query.start) return [];
  const columns = ['MetricName', 'MetricUnit', 'monotonic'];
  const text =
    'SELECT DISTINCT toString(MetricName) AS name, MetricUnit AS unit, kind, monotonic ' +
    `FROM ${pointsFrom(context, columns, pointsRange(query))}`;
  return (await select(context, text)).map(identityOf);
}

function identityOf(row: Row): MetricIdentity {
  return {
    name: asText(row['name']),
    unit: asText(row['unit']),
    kind: asText(row['kind']) as MetricKind,
    monotonic: row['monotonic'] === true,
  };
}
