import { Labels } from '../promql/labels/labels.ts';
import type { Label } from '../traceql/metrics/series.ts';
import { plainText } from '../traceql/values/format.ts';

/** Returns the labels of a series of a TraceQL query as Prometheus has them. */
export function labelsOf(labels: readonly Label[]): Labels {
  return Labels.from(labels.map(({ name, value }) => [labelName(name), plainText(value)]));
}

/** Returns the name of an attribute such as `resource.service.name` as the name of a label. */
export function labelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}
