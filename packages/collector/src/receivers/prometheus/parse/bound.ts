import { formatOpenMetricsFloat } from '../../../prometheus/format.ts';
import { parseNumberText } from './number.ts';

/** Returns a bound or quantile in the form of OpenMetrics: `1` is `1.0`. */
export function canonicalBound(text: string): string {
  const value = parseNumberText(text);
  return value === undefined ? text : formatOpenMetricsFloat(value);
}
