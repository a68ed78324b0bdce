import type { TimeDifference } from '../../populations/contract.ts';
import { asNumber, asText, type Row } from '../shared/context.ts';

const MAX_TIMES = 50;

/** Returns the operations in which the populations spend time, with the largest change first. */
export function rankTimes(rows: readonly Row[]): readonly TimeDifference[] {
  const change = ({ selectedNanos, baselineNanos }: TimeDifference): number => Math.abs(selectedNanos - baselineNanos);
  return rows
    .filter((row) => row['kind'] === 'time')
    .map((row) => ({
      service: asText(row['service']),
      name: asText(row['key']),
      selectedNanos: asNumber(row['selected_nanos']),
      baselineNanos: asNumber(row['baseline_nanos']),
      selected: asNumber(row['selected']),
      baseline: asNumber(row['baseline']),
    }))
    .filter(({ selected, baseline }) => selected > 0 && baseline > 0)
    .sort((a, b) => change(b) - change(a))
    .slice(0, MAX_TIMES);
}
