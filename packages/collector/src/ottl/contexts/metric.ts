import { METRIC_DATA_FIELDS, METRIC_FIELDS } from '@otelier/otlp';
import { varintField } from '../record/encode.ts';
import { DATA_FIELDS, type Subject } from '../record/subject.ts';
import { expectInteger, mismatch, type Paths, type RecordOf, valuePath } from './access.ts';
import { encodedOf, readBool, readUint32, repeatedMessages, textField } from './fields.ts';
import { attributesPath } from './maps.ts';

const metric: RecordOf = (subject) => subject.metric;
const data: RecordOf = (subject) => subject.data;
const TEMPORALITY = METRIC_DATA_FIELDS.aggregationTemporality;
const MONOTONIC = METRIC_DATA_FIELDS.isMonotonic;
const POINTS = 1;

/** Metric paths. */
export const METRIC_PATHS: Paths = {
  name: textField(metric, METRIC_FIELDS.name),
  description: textField(metric, METRIC_FIELDS.description),
  unit: textField(metric, METRIC_FIELDS.unit),
  /** Setting the type has no effect, as in the Collector; use functions to convert metrics. */
  type: valuePath(
    (subject) => BigInt(metricType(subject)),
    () => {},
    { number: metricType },
  ),
  aggregation_temporality: valuePath(
    (subject) => (hasTemporality(subject) ? BigInt(readUint32(data, TEMPORALITY, subject) | 0) : undefined),
    (subject, value) => {
      const temporality = BigInt.asIntN(32, expectInteger(value));
      if (hasTemporality(subject))
        data(subject).put(TEMPORALITY, temporality === 0n ? undefined : varintField(TEMPORALITY, temporality));
    },
  ),
  is_monotonic: valuePath(
    (subject) => (subject.dataField === METRIC_FIELDS.sum ? readBool(data, MONOTONIC, subject) : undefined),
    (subject, value) => {
      if (typeof value !== 'boolean') mismatch('bool', value);
      if (subject.dataField === METRIC_FIELDS.sum)
        data(subject).put(MONOTONIC, value ? varintField(MONOTONIC, 1n) : undefined);
    },
  ),
  data_points: valuePath(
    (subject) => (subject.dataField === 0 ? undefined : pointsPath(subject).access.get(subject)),
    (subject, value) => {
      if (subject.dataField === 0) return;
      subject.data.putAll(POINTS, encodedOf(pointKind(subject), value));
    },
  ),
  metadata: attributesPath(metric, METRIC_FIELDS.metadata),
};

/** Returns the OTTL number for a metric's type: 1 gauge, 2 sum, 3 histogram, 4 exponential histogram, 5 summary. */
export function metricType(subject: Subject): number {
  return DATA_FIELDS.indexOf(subject.dataField) + 1;
}

function hasTemporality({ dataField }: Subject): boolean {
  return (
    dataField === METRIC_FIELDS.sum ||
    dataField === METRIC_FIELDS.histogram ||
    dataField === METRIC_FIELDS.exponentialHistogram
  );
}

function pointKind({ dataField }: Subject): string {
  return dataField === METRIC_FIELDS.gauge ? `data points of ${METRIC_FIELDS.sum}` : `data points of ${dataField}`;
}

function pointsPath(subject: Subject) {
  return repeatedMessages(pointKind(subject), data, POINTS);
}
