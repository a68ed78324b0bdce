import type { FacetValue, LabelSummary, MetricKind, MetricSummary, RangeQuery } from '../../contract.ts';
import { ATTRIBUTES_MAP, attributeColumn, TIME_COLUMN } from '../../schema.ts';
import { asList, asNumber, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import { fieldPlaces, jsonValueText, placesText } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { quoteName } from '../shared/quote.ts';
import { SERVICE } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { rangeConditions } from '../shared/steps.ts';
import { labelField, TEMPORALITIES } from './labels.ts';

/** Returns the metrics in the range, by name. */
export async function metricNames(
  context: ReadContext,
  query: RangeQuery & { readonly match?: string; readonly limit: number },
): Promise<readonly MetricSummary[]> {
  return withRange(context, query, 'metrics', [], async (files) => {
    const parameters = new ParameterBag();
    parameters.set('limit', BigInt(query.limit));
    const conditions = [
      ...rangeConditions(TIME_COLUMN.metrics, query, files),
      ...(query.match ? [`contains(lower(name), ${parameters.add(query.match.toLowerCase())})`] : []),
    ];
    const columns = ['name', 'description', 'unit', 'kind', 'is_monotonic', 'temporality', 'series', SERVICE, 'time'];
    const rows = `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)}`;
    const text = `WITH rows AS (${rows}) ${statementText('metric-names')}`;
    const metrics = await select(context, query.tenant, text, parameters);
    return metrics.map((row) => ({
      name: asText(row['name']),
      description: asText(row['description']),
      unit: asText(row['unit']),
      kind: asText(row['kind']) as MetricKind,
      monotonic: row['monotonic'] === true,
      temporality: TEMPORALITIES[asText(row['temporality'])] ?? 'unspecified',
      seriesCount: asNumber(row['series_count']),
      services: asList(row['services']).map(asText),
    }));
  });
}

/** Returns the attribute keys of a metric's points, with the number of distinct values of each. */
export async function metricLabels(
  context: ReadContext,
  query: RangeQuery & { readonly name: string },
): Promise<readonly LabelSummary[]> {
  return withRange(context, query, 'metrics', [], async (files) => {
    const parameters = new ParameterBag();
    const promoted = [...files.promoted].flatMap(([key, types]) => types.map((type) => attributeColumn(key, type)));
    const columns = ['series', ATTRIBUTES_MAP, ...promoted.map(quoteName)].join(', ');
    const labels = allLabels(files, parameters);
    const conditions = where(conditionsOf(query, files, parameters));
    // All points of a series have the same labels, so one point per series is enough.
    const series = `SELECT DISTINCT ON (series) ${columns} FROM ${files.relation} ${conditions}`;
    const text = `WITH rows AS (SELECT ${labels} AS labels FROM (${series})) ${statementText('metric-labels')}`;
    const rows = await select(context, query.tenant, text, parameters);
    return rows.map((row) => ({ key: asText(row['key']), values: asNumber(row['label_values']) }));
  });
}

/** Returns the most frequent values of an attribute among a metric's points. */
export async function labelValues(
  context: ReadContext,
  query: RangeQuery & { readonly name: string; readonly key: string; readonly limit: number },
): Promise<readonly FacetValue[]> {
  return withRange(context, query, 'metrics', [], async (files) => {
    const parameters = new ParameterBag();
    parameters.set('limit', BigInt(query.limit));
    const value = placesText(fieldPlaces(labelField(query.key), 'metrics', files, parameters));
    const rows = `SELECT ${value} AS value FROM ${files.relation} ${where(conditionsOf(query, files, parameters))}`;
    const text = `WITH rows AS (${rows}) ${statementText('value-counts')}`;
    const values = await select(context, query.tenant, text, parameters);
    return values.map((row) => ({ value: asText(row['value']), count: asNumber(row['records']) }));
  });
}

function conditionsOf(
  query: RangeQuery & { readonly name: string },
  files: Files,
  parameters: ParameterBag,
): readonly string[] {
  return [...rangeConditions(TIME_COLUMN.metrics, query, files), `name = ${parameters.add(query.name)}`];
}

/** Returns SQL for a row's attributes as a MAP(VARCHAR, VARCHAR) of strings. */
function allLabels(files: Files, parameters: ParameterBag): string {
  const promoted = [...files.promoted.keys()].map((key) => {
    const text = placesText(fieldPlaces(`attributes.${key}`, 'metrics', files, parameters));
    return `{ key: ${parameters.add(key)}, value: ${text} }`;
  });
  const inMap = `list_transform(map_entries(${ATTRIBUTES_MAP}), lambda e: { key: e.key, value: ${jsonValueText('e.value')} })`;
  const entries = promoted.length === 0 ? inMap : `list_concat([${promoted.join(', ')}], ${inMap})`;
  // For a promoted key, the map contains values of other types, which `placesText` covers.
  return `map_from_entries(list_filter(list_distinct(${entries}), lambda e: e.value IS NOT NULL))`;
}
