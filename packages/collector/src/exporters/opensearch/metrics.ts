import { type DataPointView, EXEMPLAR_FIELDS, type ExponentialBuckets, type MetricView } from '@otelier/otlp';
import type { ValueMap } from '../../ottl/values/value.ts';
import { doubleJson, type Field, field, objectOf, textField, textJson } from '../elasticsearch/documents/json.ts';
import { attributesIn, type Origin } from '../elasticsearch/origin.ts';
import { attributesField, textsField } from './attributes.ts';
import { type DocumentOptions, integerField, scopeField, streamField, timeField } from './documents.ts';
import { originFields, serviceNameField } from './otel-v1.ts';

const KINDS: Readonly<Record<string, string>> = {
  gauge: 'GAUGE',
  sum: 'SUM',
  histogram: 'HISTOGRAM',
  exponentialHistogram: 'EXPONENTIAL_HISTOGRAM',
  summary: 'SUMMARY',
};
const TEMPORALITIES = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'];
/** Boundaries of buckets have 32 bits in the mappings of OpenSearch. */
const MAX_FLOAT32 = 3.4028234663852886e38;

/** Encodes a data point in the Simple Schema for Observability. */
export function ss4oPoint(
  point: DataPointView,
  metric: MetricView,
  attributes: ValueMap,
  origin: Origin,
  options: DocumentOptions,
): string {
  const value = doubleText(point);
  return objectOf([
    ...pointFields(point, metric, origin),
    value === undefined ? undefined : field(point.valueKind === 'int' ? 'value@int' : 'value@double', value),
    attributesField('attributes', attributes, streamField('metric', options)),
    textField('schemaUrl', origin.scope.schemaUrl),
    timeField('observedTimestamp', point.timeUnixNano),
    textsField('resource', origin.resource.attributes),
    scopeField(origin),
  ]);
}

/** Encodes a data point in the schema of OpenSearch Data Prepper. */
export function otelV1Point(point: DataPointView, metric: MetricView, attributes: ValueMap, origin: Origin): string {
  const value = doubleText(point);
  return objectOf([
    ...pointFields(point, metric, origin),
    timeField('time', point.timeUnixNano),
    integerField('flags', point.flags),
    value === undefined ? undefined : field('value', value),
    attributesField('attributes', attributes),
    ...originFields(origin),
  ]);
}

function pointFields(point: DataPointView, metric: MetricView, origin: Origin): readonly Field[] {
  const { kind } = point;
  return [
    field('name', textJson(metric.name)),
    textField('description', metric.description),
    textField('unit', metric.unit),
    field('kind', textJson(KINDS[kind] ?? '')),
    kind === 'gauge' || kind === 'summary' ? undefined : temporalityField(metric),
    kind === 'sum' ? field('monotonic', String(metric.isMonotonic)) : undefined,
    timeField('startTime', point.startTimeUnixNano),
    timeField('@timestamp', point.timeUnixNano),
    serviceNameField(origin),
    ...aggregateFields(point),
    ...(kind === 'histogram' ? histogramFields(point) : []),
    ...(kind === 'exponentialHistogram' ? exponentialFields(point) : []),
    ...(kind === 'summary' ? summaryFields(point) : []),
    exemplarsField(point),
  ];
}

function temporalityField({ aggregationTemporality }: MetricView): string {
  const name = TEMPORALITIES[aggregationTemporality] ?? 'UNSPECIFIED';
  return field('aggregationTemporality', `"AGGREGATION_TEMPORALITY_${name}"`);
}

/** Encodes the value of a number; nothing for none and for NaN, which JSON does not have. */
function doubleText({ value, valueKind }: DataPointView): string | undefined {
  if (value === undefined || valueKind === undefined) return undefined;
  return valueKind === 'int' ? String(value) : representable(Number(value));
}

function representable(value: number): string | undefined {
  if (Number.isNaN(value)) return undefined;
  return doubleJson(Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)));
}

function doubleField(key: string, value: number | undefined): Field {
  const text = value === undefined ? undefined : representable(value);
  return text === undefined ? undefined : field(key, text);
}

function aggregateFields({ kind, count, sum, min, max }: DataPointView): readonly Field[] {
  if (kind === 'gauge' || kind === 'sum') return [];
  const own = [integerField('count', count ?? 0n), doubleField('sum', sum)];
  return kind === 'summary' ? own : [...own, doubleField('min', min), doubleField('max', max)];
}

function histogramFields({ bucketCounts = [], explicitBounds = [] }: DataPointView): readonly Field[] {
  const bounds = explicitBounds.map(float32);
  const buckets = bucketCounts.map((count, i) =>
    bucketJson(count, bounds[i - 1] ?? -MAX_FLOAT32, bounds[i] ?? MAX_FLOAT32),
  );
  return [
    listField('buckets', buckets),
    integerField('bucketCount', bucketCounts.length),
    listField('bucketCountsList', bucketCounts.map(String)),
    listField('explicitBoundsList', bounds.map(doubleJson)),
    integerField('explicitBoundsCount', bounds.length),
  ];
}

function exponentialFields({ scale = 0, zeroCount, positive, negative }: DataPointView): readonly Field[] {
  return [
    integerField('scale', scale),
    integerField('zeroCount', zeroCount ?? 0n),
    integerField('positiveOffset', positive?.offset ?? 0),
    integerField('negativeOffset', negative?.offset ?? 0),
    listField('positiveBuckets', exponentialBuckets(scale, positive, false)),
    listField('negativeBuckets', exponentialBuckets(scale, negative, true)),
  ];
}

function exponentialBuckets(
  scale: number,
  buckets: ExponentialBuckets | undefined,
  isNegative: boolean,
): readonly string[] {
  const boundary = (index: number) => float32(2 ** (index * 2 ** -scale));
  return (buckets?.bucketCounts ?? []).map((count, i) => {
    const index = (buckets?.offset ?? 0) + i;
    const [lower, upper] = [boundary(index), boundary(index + 1)];
    return isNegative ? bucketJson(count, -upper, -lower) : bucketJson(count, lower, upper);
  });
}

function summaryFields({ quantileValues = [] }: DataPointView): readonly Field[] {
  const quantiles = quantileValues
    .filter(({ quantile, value }) => !Number.isNaN(quantile) && !Number.isNaN(value))
    .map(({ quantile, value }) => objectOf([doubleField('quantile', quantile), doubleField('value', value)]));
  return [listField('quantiles', quantiles), integerField('quantileValuesCount', quantiles.length)];
}

function exemplarsField(point: DataPointView): Field {
  if (point.kind === 'summary') return undefined;
  const encoded = point.exemplars.map((exemplar) =>
    objectOf([
      timeField('time', exemplar.timeUnixNano),
      doubleField('value', exemplar.value === undefined ? undefined : Number(exemplar.value)),
      textField('traceId', exemplar.traceId),
      textField('spanId', exemplar.spanId),
      attributesField('attributes', attributesIn(exemplar, EXEMPLAR_FIELDS.filteredAttributes)),
    ]),
  );
  return listField('exemplars', encoded);
}

function bucketJson(count: bigint, min: number, max: number): string {
  return objectOf([integerField('count', count), field('min', doubleJson(min)), field('max', doubleJson(max))]);
}

function listField(key: string, elements: readonly string[]): Field {
  return elements.length === 0 ? undefined : field(key, `[${elements.join(',')}]`);
}

function float32(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(-MAX_FLOAT32, Math.min(MAX_FLOAT32, value));
}
