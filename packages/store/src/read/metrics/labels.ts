import type { MetricSummary } from '../../contract.ts';

/** Returns the field that a metric query label refers to. A bare key is a point attribute. */
export function labelField(key: string): string {
  return key === 'service' || /^(attributes|resource)\./.test(key) ? key : `attributes.${key}`;
}

/** Aggregation temporalities by the text in their column. */
export const TEMPORALITIES: Readonly<Record<string, MetricSummary['temporality']>> = {
  DELTA: 'delta',
  CUMULATIVE: 'cumulative',
};
