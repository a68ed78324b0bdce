import {
  DATA_POINT_FIELDS,
  encodeKey,
  FoundAttribute,
  findAttribute,
  METRIC_FIELDS,
  metricKindOf,
} from '@otelier/otlp';
import type { Subject } from '../../ottl/record/subject.ts';
import { readValue } from '../../ottl/values/codec.ts';
import type { Value } from '../../ottl/values/value.ts';

const POINTS = 1;
const found = new FoundAttribute();

/** Metric type names, by the `Metric` field that contains the data. */
export const METRIC_TYPES: Readonly<Record<number, string>> = {
  [METRIC_FIELDS.gauge]: 'Gauge',
  [METRIC_FIELDS.sum]: 'Sum',
  [METRIC_FIELDS.histogram]: 'Histogram',
  [METRIC_FIELDS.exponentialHistogram]: 'ExponentialHistogram',
  [METRIC_FIELDS.summary]: 'Summary',
};

/**
 * Reports whether any of the metric's data points satisfies a test of its attributes, which receives strings by key,
 * and an empty string for values of other types.
 */
export function somePointMatches(
  subject: Subject,
  test: (label: (name: string) => string | undefined) => boolean,
): boolean {
  const kind = metricKindOf(subject.dataField);
  if (kind === undefined) return false;
  const field = DATA_POINT_FIELDS[kind].attributes;
  let matches = false;
  subject.data.forEach(POINTS, (bytes, start, end) => {
    if (matches) return;
    matches = test((name) =>
      findAttribute(bytes, start, end, field, encodeKey(name), found)
        ? textOf(readValue(bytes, found.valueStart, found.valueEnd))
        : undefined,
    );
  });
  return matches;
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : '';
}
