import { METRIC_FIELDS, readDouble } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { literalBoolean, literalText, optional } from '../../compile/parameters.ts';
import { METRIC_PATHS } from '../../contexts/metric.ts';
import { join } from '../../record/encode.ts';
import { MessageRecord } from '../../record/message-record.ts';
import type { Subject } from '../../record/subject.ts';
import { copyMap, EvaluationError } from '../../values/value.ts';
import {
  encodeMetric,
  encodeNumberPoint,
  encodeSum,
  forEachPoint,
  type NewMetric,
  readPointDouble,
  readPointInteger,
  temporalityOf,
  temporalityOfData,
} from './points.ts';

/** Editors that add a metric derived from another one. */
export const EXTRACTIONS: readonly FunctionDefinition[] = [
  extraction('extract_count_metric', '_count', 'count'),
  extraction('extract_sum_metric', '_sum', 'sum'),
  defineFunction(
    'convert_summary_quantile_val_to_gauge',
    { attributeKey: optional(literalText()), suffix: optional(literalText()) },
    ({ attributeKey = 'quantile', suffix = '.quantiles' }) =>
      (subject) => {
        if (subject.dataField !== METRIC_FIELDS.summary) return undefined;
        const points = quantilePoints(subject, attributeKey);
        addMetric(subject, {
          name: suffixed(subject, suffix),
          dataField: METRIC_FIELDS.gauge,
          data: join(points),
        });
        return undefined;
      },
  ),
];

/** Summary editors. They belong to the data point context, as in the Collector. */
export const SUMMARY_CONVERSIONS: readonly FunctionDefinition[] = [
  summaryConversion('convert_summary_count_val_to_sum', '_count', 'count'),
  summaryConversion('convert_summary_sum_val_to_sum', '_sum', 'sum'),
];

function extraction(name: string, defaultSuffix: string, value: 'count' | 'sum'): FunctionDefinition {
  return defineFunction(
    name,
    { isMonotonic: literalBoolean(), suffix: optional(literalText()) },
    ({ isMonotonic, suffix = defaultSuffix }) =>
      (subject) => {
        const { dataField } = subject;
        if (
          dataField !== METRIC_FIELDS.histogram &&
          dataField !== METRIC_FIELDS.exponentialHistogram &&
          dataField !== METRIC_FIELDS.summary
        )
          throw new EvaluationError('expected a histogram, exponential histogram or summary');
        const temporality = temporalityOfData(subject);
        if (temporality === 0n) throw new EvaluationError('expected a metric with an aggregation temporality');
        const points = valuePoints(subject, value);
        if (points.length > 0)
          addMetric(subject, {
            name: suffixed(subject, suffix),
            ...(value === 'count' ? { unit: '1' } : {}),
            dataField: METRIC_FIELDS.sum,
            data: encodeSum(points, temporality, isMonotonic),
          });
        return undefined;
      },
  );
}

function summaryConversion(name: string, defaultSuffix: string, value: 'count' | 'sum'): FunctionDefinition {
  return defineFunction(
    name,
    { aggregationTemporality: literalText(), isMonotonic: literalBoolean(), suffix: optional(literalText()) },
    ({ aggregationTemporality, isMonotonic, suffix = defaultSuffix }) => {
      const temporality = temporalityOf(aggregationTemporality);
      return (subject) => {
        if (subject.dataField !== METRIC_FIELDS.summary) return undefined;
        const data = encodeSum(valuePoints(subject, value), temporality, isMonotonic);
        addMetric(subject, { name: suffixed(subject, suffix), dataField: METRIC_FIELDS.sum, data });
        return undefined;
      };
    },
  );
}

function valuePoints(subject: Subject, name: 'count' | 'sum'): Uint8Array[] {
  const points: Uint8Array[] = [];
  forEachPoint(subject, (source, fields) => {
    // A summary cannot omit its sum.
    const isSummary = subject.dataField === METRIC_FIELDS.summary;
    const value =
      name === 'count'
        ? readPointInteger(source, fields['count'])
        : (readPointDouble(source, fields['sum']) ?? (isSummary ? 0 : undefined));
    if (value !== undefined) points.push(encodeNumberPoint({ source, fields, value }));
  });
  return points;
}

const QUANTILE = 1;
const VALUE = 2;

function quantilePoints(subject: Subject, attributeKey: string): Uint8Array[] {
  const points: Uint8Array[] = [];
  const quantile = new MessageRecord();
  forEachPoint(subject, (source, fields) => {
    const attributes = source.attributes.all(fields['attributes'] ?? 0);
    source.forEach(fields['quantileValues'] ?? 0, (bytes, start, end) => {
      quantile.reset(bytes, start, end);
      const withQuantile = copyMap(attributes);
      withQuantile.set(attributeKey, readQuantile(quantile, QUANTILE));
      points.push(
        encodeNumberPoint({ source, fields, value: readQuantile(quantile, VALUE), attributes: withQuantile }),
      );
    });
  });
  return points;
}

function readQuantile(quantile: MessageRecord, field: number): number {
  const at = quantile.find(field);
  return at < 0 ? 0 : readDouble(quantile.source, at);
}

/** Adds a metric to the scope, using the current metric's description and unit unless it has its own. */
export function addMetric(
  subject: Subject,
  metric: Omit<NewMetric, 'description' | 'unit'> & Partial<NewMetric>,
): void {
  subject.addedMetrics.push(
    encodeMetric({ description: textOf(subject, 'description'), unit: textOf(subject, 'unit'), ...metric }),
  );
}

function suffixed(subject: Subject, suffix: string): string {
  return `${textOf(subject, 'name')}${suffix}`;
}

/** Returns the name, description or unit of the metric. */
export function textOf(subject: Subject, name: 'name' | 'description' | 'unit'): string {
  const path = METRIC_PATHS[name];
  const value = path?.kind === 'value' ? path.access.get(subject) : undefined;
  return typeof value === 'string' ? value : '';
}
