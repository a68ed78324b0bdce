import { DATA_POINT_FIELDS, METRIC_FIELDS } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { listOf, literalText, optional } from '../../compile/parameters.ts';
import { readPackedDoubles, readPackedFixed64s } from '../../contexts/packed.ts';
import { bytesField, doubleField, fixed64Field, join, packedFixed64s } from '../../record/encode.ts';
import { MessageRecord } from '../../record/message-record.ts';
import type { Subject } from '../../record/subject.ts';
import { jsonOf } from '../../values/text.ts';
import { EvaluationError, type ValueMap } from '../../values/value.ts';
import { forEachPoint, POINTS, readPointDouble, readPointInteger, TEMPORALITIES, temporalityOfData } from './points.ts';

type Aggregate = (values: readonly number[]) => number;

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => values.reduce((left, right) => Math.max(left, right)),
  min: (values) => values.reduce((left, right) => Math.min(left, right)),
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median(values) {
    const sorted = [...values].sort((left, right) => left - right);
    const middle = sorted.length >> 1;
    const upper = sorted[middle] as number;
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
  },
  count: (values) => values.length,
};

/** The editors that aggregate the data points of a metric. */
export const AGGREGATIONS: readonly FunctionDefinition[] = [
  defineFunction(
    'aggregate_on_attributes',
    { function: literalText(), attributes: optional(listOf(literalText())) },
    ({ function: name, attributes }) => {
      checkAggregate(name);
      const kept = attributes === undefined ? undefined : new Set(attributes);
      return (subject) => {
        aggregatePoints(subject, name, (map) => {
          if (kept !== undefined) for (const key of [...map.keys()]) if (!kept.has(key)) map.delete(key);
        });
        return undefined;
      };
    },
  ),
  defineFunction(
    'aggregate_on_attribute_value',
    { function: literalText(), attribute: literalText(), values: listOf(literalText()), newValue: literalText() },
    ({ function: name, attribute, values, newValue }) => {
      checkAggregate(name);
      const replaced = new Set<unknown>(values);
      return (subject) => {
        aggregatePoints(subject, name, (map) => {
          if (replaced.has(map.get(attribute))) map.set(attribute, newValue);
        });
        return undefined;
      };
    },
  ),
];

function checkAggregate(name: string): void {
  if (!Object.hasOwn(AGGREGATES, name))
    throw new EvaluationError(`expected the aggregation ${Object.keys(AGGREGATES).join(', ')}, got "${name}"`);
}

/**
 * Merges the points that have the same attributes and time after `edit` changed their attributes, and the same start if
 * they are deltas. Histograms are always added.
 */
function aggregatePoints(subject: Subject, name: string, edit: (attributes: ValueMap) => void): void {
  const { dataField } = subject;
  const isHistogram = dataField === METRIC_FIELDS.histogram;
  if (!isHistogram && dataField !== METRIC_FIELDS.gauge && dataField !== METRIC_FIELDS.sum)
    throw new EvaluationError('expected a gauge, sum or histogram to aggregate');
  const isDelta = temporalityOfData(subject) === TEMPORALITIES['delta'];
  const groups = new Map<string, MessageRecord[]>();
  forEachPoint(subject, (point, fields) => {
    const attributes = point.attributes.all(fields['attributes'] ?? 0);
    edit(attributes);
    point.attributes.changed();
    const copy = new MessageRecord();
    const bytes = point.apply();
    copy.reset(bytes, 0, bytes.length);
    const start = isDelta ? readPointInteger(copy, fields['startTimeUnixNano']) : '';
    const key = `${groupKey(copy, fields, attributes, isHistogram)}\n${start}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [copy]);
    else group.push(copy);
  });
  const merged = [...groups.values()].map((group) =>
    isHistogram ? mergeHistograms(group) : mergeNumbers(group, name),
  );
  subject.data.putAll(POINTS, join(merged.map((point) => bytesField(POINTS, point))));
}

function groupKey(
  point: MessageRecord,
  fields: Readonly<Record<string, number>>,
  attributes: ValueMap,
  isHistogram: boolean,
): string {
  const time = readPointInteger(point, fields['timeUnixNano']);
  const bounds = isHistogram ? readPackedDoubles(point, DATA_POINT_FIELDS.histogram.explicitBounds).join() : '';
  const kind = isHistogram || point.find(DATA_POINT_FIELDS.gauge.asInt) < 0 ? 'double' : 'int';
  return `${jsonOf(attributes)}\n${time}\n${bounds}\n${kind}`;
}

function mergeNumbers(group: readonly MessageRecord[], name: string): Uint8Array {
  const { asInt, asDouble, startTimeUnixNano } = DATA_POINT_FIELDS.gauge;
  const [first] = group;
  if (first === undefined) return new Uint8Array();
  putEarliestStart(first, group, startTimeUnixNano);
  if (first.find(asInt) >= 0) {
    first.put(
      asInt,
      fixed64Field(
        asInt,
        aggregateIntegers(
          group.map((point) => readPointInteger(point, asInt)),
          name,
        ),
      ),
    );
  } else {
    const values = group.map((point) => readPointDouble(point, asDouble) ?? 0);
    first.put(asDouble, doubleField(asDouble, AGGREGATES[name]?.(values) ?? 0));
  }
  return first.apply();
}

/** Integers stay integers: means and medians are rounded toward zero. */
function aggregateIntegers(values: readonly bigint[], name: string): bigint {
  const sum = values.reduce((total, value) => total + value, 0n);
  if (name === 'sum') return sum;
  if (name === 'mean') return sum / BigInt(values.length);
  if (name === 'count') return BigInt(values.length);
  const sorted = [...values].sort((left, right) => Number(left > right) - Number(left < right));
  if (name === 'min') return sorted[0] ?? 0n;
  if (name === 'max') return sorted.at(-1) ?? 0n;
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0n;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0n)) / 2n;
}

function mergeHistograms(group: readonly MessageRecord[]): Uint8Array {
  const { count, sum, bucketCounts, min, max, startTimeUnixNano } = DATA_POINT_FIELDS.histogram;
  const [first] = group;
  if (first === undefined) return new Uint8Array();
  putEarliestStart(first, group, startTimeUnixNano);
  const counts = group.map((point) => readPackedFixed64s(point, bucketCounts));
  const totals = (counts[0] ?? []).map((_, index) => counts.reduce((total, list) => total + (list[index] ?? 0n), 0n));
  first.put(
    count,
    fixed64Field(
      count,
      group.reduce((total, point) => total + readPointInteger(point, count), 0n),
    ),
  );
  if (totals.length > 0) first.put(bucketCounts, packedFixed64s(bucketCounts, totals));
  for (const [field, combine] of [
    [sum, (a: number, b: number) => a + b],
    [min, Math.min],
    [max, Math.max],
  ] as const) {
    const values = group.map((point) => readPointDouble(point, field)).filter((value) => value !== undefined);
    if (values.length > 0)
      first.put(
        field,
        doubleField(
          field,
          values.reduce((left, right) => combine(left, right)),
        ),
      );
  }
  return first.apply();
}

function putEarliestStart(first: MessageRecord, group: readonly MessageRecord[], field: number): void {
  const starts = group
    .map((point) => readPointInteger(point, field))
    .sort((left, right) => Number(left > right) - Number(left < right));
  const earliest = starts[0] ?? 0n;
  if (earliest !== 0n) first.put(field, fixed64Field(field, earliest));
}
