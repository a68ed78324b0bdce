import { METRIC_KINDS } from '@otelier/otlp';
import type { RangeQuery } from '../../contract.ts';
import { POINT_TABLES, type PointTable, TIME_NS } from '../schema/layout.ts';
import { type ClickHouseContext, clamped, ofTenant, tableOf, where } from '../shared/context.ts';
import { itemQueries } from '../shared/item-rows.ts';

/** Names of the kinds of metrics, as queries return them. */
const KIND_NAMES: Readonly<Record<PointTable, string>> = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
};

/** SQL for what the tables have under different names, or not at all. */
const DERIVED: Readonly<Record<string, Partial<Readonly<Record<PointTable, string>>> & { readonly other: string }>> = {
  value: { gauge: 'Value', sum: 'Value', other: 'Sum' },
  total: { gauge: 'Value', sum: 'Value', other: 'toFloat64(Count)' },
  monotonic: { sum: 'IsMonotonic', other: 'false' },
  temporality: { gauge: 'toInt32(0)', summary: 'toInt32(0)', other: 'AggregationTemporality' },
  exemplars: { summary: '0', other: 'notEmpty(`Exemplars.Value`)' },
};

/**
 * Returns the data points of all kinds as a relation with these columns. A column can be `kind`, `value` (the sum of
 * distributions), `total` (the value, or the count of distributions), `monotonic`, `temporality` or `exemplars`, and
 * conditions can use these names. It can also be `item`, as in `itemRows`.
 */
export function pointsFrom(
  context: ClickHouseContext,
  columns: readonly string[],
  conditions: readonly string[],
  kinds: readonly PointTable[] = POINT_TABLES,
): string {
  const parts = kinds.flatMap((table) => {
    const own = Object.entries(DERIVED).map(([name, sql]) => `${sql[table] ?? sql.other} AS ${name}`);
    const used = own.filter((definition) => uses(definition, [...columns, ...conditions]));
    const definitions = [`'${KIND_NAMES[table]}' AS kind`, ...used];
    const selected = [...definitions, ...columns.filter((column) => !isDerived(column))];
    if (columns.includes('item')) return itemQueries(context, table, selected, conditions);
    return [`SELECT ${selected.join(', ')} FROM ${tableOf(context, table)} ${where(conditions)}`];
  });
  return `(${parts.join(' UNION ALL ')})`;
}

function isDerived(column: string): boolean {
  return column === 'kind' || column in DERIVED;
}

function uses(definition: string, texts: readonly string[]): boolean {
  const name = definition.slice(definition.lastIndexOf(' ') + 1);
  return texts.some((text) => new RegExp(`\\b${name}\\b`).test(text));
}

/** Returns the table of a kind of metrics. */
export function tableOfKind(kind: string): PointTable {
  return METRIC_KINDS.find((table) => KIND_NAMES[table] === kind) ?? 'gauge';
}

/** Returns conditions that select the data points of a tenant in a range. */
export function pointsRange({ tenant, start, end }: RangeQuery): readonly string[] {
  const [from, to] = [clamped(start), clamped(end)];
  return [
    ofTenant(tenant),
    // The primary key and the partitions have the seconds, which end in 2106.
    `TimeUnix >= toDateTime(${secondsOf(from)})`,
    `TimeUnix <= toDateTime(${secondsOf(to)})`,
    `${TIME_NS} >= ${from}`,
    `${TIME_NS} < ${to}`,
  ];
}

function secondsOf(nanos: bigint): bigint {
  const seconds = nanos / 1_000_000_000n;
  return seconds > MAX_SECONDS ? MAX_SECONDS : seconds;
}

const MAX_SECONDS = 2n ** 32n - 1n;
