import type { DataPointView, MetricView } from '@otelier/otlp';
import { DATA_POINT_FIELDS } from '@otelier/otlp';
import { field, objectOf } from '../elasticsearch/documents/json.ts';
import { attributesIn } from '../elasticsearch/origin.ts';
import { attributesField, doubleJson, exemplarFields, listField, secondsJson, textField } from './columns.ts';

/**
 * Encodes a data point as a row of the table of its kind. `columns` are those of its resource and scope, and
 * `arrivalNanos` is the time of a point that has none.
 */
export function pointRow(
  point: DataPointView,
  metric: MetricView,
  columns: readonly string[],
  arrivalNanos: bigint,
): string {
  return objectOf([
    ...columns,
    textField('MetricName', metric.name),
    textField('MetricDescription', metric.description),
    textField('MetricUnit', metric.unit),
    attributesField('Attributes', attributesIn(point, DATA_POINT_FIELDS[point.kind].attributes)),
    field('StartTimeUnix', secondsJson(point.startTimeUnixNano)),
    field('TimeUnix', secondsJson(point.timeUnixNano || arrivalNanos)),
    field('Flags', String(point.flags)),
    ...VALUES[point.kind](point, metric),
  ]);
}

type Values = (point: DataPointView, metric: MetricView) => readonly string[];

/** The columns of each kind. As in the Collector, values that a point does not have are 0. */
const VALUES: Readonly<Record<DataPointView['kind'], Values>> = {
  gauge: numberFields,
  sum: (point, metric) => [
    ...numberFields(point),
    temporalityField(metric),
    field('IsMonotonic', String(metric.isMonotonic)),
  ],
  histogram: (point, metric) => [
    ...countFields(point),
    listField('BucketCounts', point.bucketCounts ?? [], String),
    listField('ExplicitBounds', point.explicitBounds ?? [], doubleJson),
    ...exemplarFields(point.exemplars),
    ...limitFields(point),
    temporalityField(metric),
  ],
  exponentialHistogram: (point, metric) => [
    ...countFields(point),
    field('Scale', String(point.scale ?? 0)),
    field('ZeroCount', String(point.zeroCount ?? 0n)),
    field('PositiveOffset', String(point.positive?.offset ?? 0)),
    listField('PositiveBucketCounts', point.positive?.bucketCounts ?? [], String),
    field('NegativeOffset', String(point.negative?.offset ?? 0)),
    listField('NegativeBucketCounts', point.negative?.bucketCounts ?? [], String),
    ...exemplarFields(point.exemplars),
    ...limitFields(point),
    temporalityField(metric),
  ],
  summary: (point) => [
    ...countFields(point),
    listField('ValueAtQuantiles.Quantile', point.quantileValues ?? [], ({ quantile }) => doubleJson(quantile)),
    listField('ValueAtQuantiles.Value', point.quantileValues ?? [], ({ value }) => doubleJson(value)),
  ],
};

function numberFields({ value, exemplars }: DataPointView): readonly string[] {
  return [field('Value', doubleJson(Number(value ?? 0))), ...exemplarFields(exemplars)];
}

function countFields({ count = 0n, sum = 0 }: DataPointView): readonly string[] {
  return [field('Count', String(count)), field('Sum', doubleJson(sum))];
}

function limitFields({ min = 0, max = 0 }: DataPointView): readonly string[] {
  return [field('Min', doubleJson(min)), field('Max', doubleJson(max))];
}

function temporalityField({ aggregationTemporality }: MetricView): string {
  return field('AggregationTemporality', String(aggregationTemporality));
}
