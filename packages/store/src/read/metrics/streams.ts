import { type MetricKind, QueryLimitError } from '../../contract.ts';
import type { MetricStream, MetricStreamsQuery } from '../../samples.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { attributeColumns, jsonAttributes, rowAttributes } from '../shared/attributes.ts';
import { asNumber, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';
import { TEMPORALITIES } from './labels.ts';

/** Returns the streams that have points in the range, by name. */
export async function metricStreams(context: ReadContext, query: MetricStreamsQuery): Promise<readonly MetricStream[]> {
  return withRange(context, query, 'metrics', [], async (files) => {
    const parameters = new ParameterBag();
    const conditions = [...rangeConditions(TIME_COLUMN.metrics, query, files), ...nameConditions(query, parameters)];
    const attributes = attributeColumns(files);
    const columns = [...FIXED, ...attributes].map((column) => `any_value(${column}) AS ${column}`);
    const text =
      `SELECT series::VARCHAR AS id, min(epoch_ms(time))::DOUBLE AS first, max(epoch_ms(time))::DOUBLE AS last, ` +
      `${columns.join(', ')} FROM ${files.relation} ${where(conditions)} GROUP BY series ` +
      `LIMIT ${parameters.add(BigInt(query.limit + 1))}`;
    const rows = await select(context, query.tenant, text, parameters);
    if (rows.length > query.limit) {
      throw new QueryLimitError(`the query selects more than ${query.limit} series; add matchers or a shorter range`);
    }
    return rows
      .map((row) => ({
        id: asText(row['id']),
        name: asText(row['name']),
        description: asText(row['description']),
        unit: asText(row['unit']),
        kind: asText(row['kind']) as MetricKind,
        monotonic: row['is_monotonic'] === true,
        temporality: TEMPORALITIES[asText(row['temporality'])] ?? 'unspecified',
        scopeName: asText(row['scope_name']),
        attributes: rowAttributes(row),
        resourceAttributes: jsonAttributes(row['resource_attributes']),
        first: asNumber(row['first']),
        last: asNumber(row['last']),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  });
}

const FIXED = [
  ...['name', 'description', 'unit', 'kind', 'is_monotonic', 'temporality'],
  ...['scope_name', 'resource_attributes'],
];

function nameConditions({ names }: MetricStreamsQuery, parameters: ParameterBag): readonly string[] {
  if (names === undefined) return [];
  if (names.length === 0) return ['false'];
  return [`name IN (${names.map((name) => parameters.add(name)).join(', ')})`];
}
