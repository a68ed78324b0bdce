import { METRIC_FIELDS } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { literalBoolean, literalFloat, literalText, optional, text } from '../../compile/parameters.ts';
import { readPackedDoubles } from '../../contexts/packed.ts';
import { bytesField, doubleField, fixed64Field, join, packedDoubles, stringField } from '../../record/encode.ts';
import { MessageRecord } from '../../record/message-record.ts';
import type { Subject } from '../../record/subject.ts';
import { truncate } from '../../values/convert.ts';
import { EvaluationError } from '../../values/value.ts';
import { AGGREGATIONS } from './aggregate.ts';
import { MERGES } from './buckets.ts';
import { EXTRACTIONS, SUMMARY_CONVERSIONS } from './extract.ts';
import { PERCENTILES } from './percentile.ts';
import { editPoints, encodeSum, POINTS, readPointDouble, readPointInteger, temporalityOf } from './points.ts';

/** The editors of metrics. */
export const METRIC_EDITORS: readonly FunctionDefinition[] = [
  defineFunction('convert_sum_to_gauge', {}, () => (subject) => {
    if (subject.dataField === METRIC_FIELDS.sum) subject.replaceData(METRIC_FIELDS.gauge, join(encodedPoints(subject)));
    return undefined;
  }),
  defineFunction(
    'convert_gauge_to_sum',
    { aggregationTemporality: literalText(), isMonotonic: literalBoolean() },
    ({ aggregationTemporality, isMonotonic }) => {
      const temporality = temporalityOf(aggregationTemporality);
      return (subject) => {
        if (subject.dataField === METRIC_FIELDS.gauge)
          subject.replaceData(METRIC_FIELDS.sum, encodeSum(encodedPoints(subject), temporality, isMonotonic));
        return undefined;
      };
    },
  ),
  defineFunction(
    'copy_metric',
    { name: optional(text()), description: optional(text()), unit: optional(text()) },
    (changes) => (subject) => {
      subject.flushData();
      const { metric } = subject;
      const copy = new MessageRecord();
      const bytes = metric.isChanged ? metric.apply() : metric.bytes.slice(metric.start, metric.end);
      copy.reset(bytes, 0, bytes.length);
      for (const name of TEXTS) {
        const value = changes[name]?.(subject);
        if (value !== undefined)
          copy.put(METRIC_FIELDS[name], value === '' ? undefined : stringField(METRIC_FIELDS[name], value));
      }
      subject.addedMetrics.push(copy.isChanged ? copy.apply() : bytes);
      return undefined;
    },
  ),
  defineFunction(
    'scale_metric',
    { factor: literalFloat(), unit: optional(text()) },
    ({ factor, unit }) =>
      (subject) => {
        if (subject.dataField === 0 || subject.dataField === METRIC_FIELDS.exponentialHistogram)
          throw new EvaluationError('expected a gauge, sum, histogram or summary to scale');
        editPoints(subject, (point, fields) => scalePoint(point, fields, factor));
        const unitText = unit?.(subject);
        if (unitText !== undefined)
          subject.metric.put(
            METRIC_FIELDS.unit,
            unitText === '' ? undefined : stringField(METRIC_FIELDS.unit, unitText),
          );
        return undefined;
      },
  ),
  ...EXTRACTIONS,
  ...PERCENTILES,
  ...AGGREGATIONS,
];

/** The editors of data points. */
export const POINT_EDITORS: readonly FunctionDefinition[] = [...SUMMARY_CONVERSIONS, ...MERGES];

const TEXTS = ['name', 'description', 'unit'] as const;

function encodedPoints(subject: Subject): Uint8Array[] {
  const parts: Uint8Array[] = [];
  subject.data.forEach(POINTS, (bytes, start, end) => parts.push(bytesField(POINTS, bytes.subarray(start, end))));
  return parts;
}

function scalePoint(point: MessageRecord, fields: Readonly<Record<string, number>>, factor: number): void {
  const { asInt, explicitBounds, quantileValues } = fields;
  for (const name of ['asDouble', 'sum', 'min', 'max']) {
    const field = fields[name];
    const value = readPointDouble(point, field);
    if (field !== undefined && value !== undefined) point.put(field, doubleField(field, value * factor));
  }
  if (asInt !== undefined && point.find(asInt) >= 0)
    point.put(asInt, fixed64Field(asInt, truncate(Number(readPointInteger(point, asInt)) * factor)));
  if (explicitBounds !== undefined) {
    const bounds = readPackedDoubles(point, explicitBounds);
    if (bounds.length > 0)
      point.put(
        explicitBounds,
        packedDoubles(
          explicitBounds,
          bounds.map((bound) => bound * factor),
        ),
      );
  }
  if (quantileValues !== undefined) scaleQuantiles(point, quantileValues, factor);
}

/** Field of a quantile that contains its value. */
const QUANTILE_VALUE = 2;

function scaleQuantiles(point: MessageRecord, field: number, factor: number): void {
  const parts: Uint8Array[] = [];
  const quantile = new MessageRecord();
  point.forEach(field, (bytes, start, end) => {
    quantile.reset(bytes, start, end);
    const value = readPointDouble(quantile, QUANTILE_VALUE);
    if (value !== undefined) quantile.put(QUANTILE_VALUE, doubleField(QUANTILE_VALUE, value * factor));
    parts.push(bytesField(field, quantile.isChanged ? quantile.apply() : bytes.subarray(start, end)));
  });
  point.putAll(field, join(parts));
}
