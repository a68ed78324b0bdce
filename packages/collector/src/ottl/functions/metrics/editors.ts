import { EXEMPLAR_FIELDS, METRIC_FIELDS } from '@otelier/otlp';
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
import { TO_HISTOGRAM } from './to-histogram.ts';

/** Metric editors. */
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
  ...TO_HISTOGRAM,
];

/** Data point editors. */
export const POINT_EDITORS: readonly FunctionDefinition[] = [...SUMMARY_CONVERSIONS, ...MERGES];

const TEXTS = ['name', 'description', 'unit'] as const;

function encodedPoints(subject: Subject): Uint8Array[] {
  const parts: Uint8Array[] = [];
  subject.data.forEach(POINTS, (bytes, start, end) => parts.push(bytesField(POINTS, bytes.subarray(start, end))));
  return parts;
}

function scalePoint(point: MessageRecord, fields: Readonly<Record<string, number>>, factor: number): void {
  const { asInt, explicitBounds, exemplars, quantileValues } = fields;
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
  if (quantileValues !== undefined) scaleElements(point, quantileValues, QUANTILE, factor);
  if (explicitBounds !== undefined && exemplars !== undefined) scaleElements(point, exemplars, EXEMPLAR, factor);
}

interface NumberFields {
  readonly double: number;
  readonly integer?: number;
}

const QUANTILE: NumberFields = { double: 2 };
const EXEMPLAR: NumberFields = { double: EXEMPLAR_FIELDS.asDouble, integer: EXEMPLAR_FIELDS.asInt };

/** Scales the values in the messages of a repeated field. */
function scaleElements(point: MessageRecord, field: number, { double, integer }: NumberFields, factor: number): void {
  const parts: Uint8Array[] = [];
  const element = new MessageRecord();
  point.forEach(field, (bytes, start, end) => {
    element.reset(bytes, start, end);
    const value = readPointDouble(element, double);
    if (value !== undefined) element.put(double, doubleField(double, value * factor));
    if (integer !== undefined && element.find(integer) >= 0)
      element.put(integer, fixed64Field(integer, truncate(Number(readPointInteger(element, integer)) * factor)));
    parts.push(bytesField(field, element.isChanged ? element.apply() : bytes.subarray(start, end)));
  });
  if (parts.length > 0) point.putAll(field, join(parts));
}
