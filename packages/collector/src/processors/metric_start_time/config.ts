import { patternText } from '../../component/fields/pattern.ts';
import { duration, z } from '../../component/schema.ts';

/** The configuration schema of `metric_start_time`. */
export const metricStartTimeConfig = z
  .object({
    strategy: z
      .enum(['true_reset_point', 'subtract_initial_point', 'start_time_metric'])
      .prefault('true_reset_point')
      .describe(
        'Source of start times: `true_reset_point` uses the time of the first point; `subtract_initial_point` does the same, but drops the first point and subtracts its value from all others; `start_time_metric` uses the value of a metric that contains the process start time.',
      ),
    gcInterval: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault('10m')
      .describe('Time after which streams without points are removed.'),
    startTimeMetricRegex: patternText()
      .prefault('')
      .describe(
        'Name pattern of the metric for `start_time_metric`, whose value is in seconds. Default: `process_start_time_seconds`.',
      ),
  })
  .superRefine(({ strategy, startTimeMetricRegex }, issues) => {
    if (startTimeMetricRegex === '' || strategy === 'start_time_metric') return;
    const message = `expected nothing with the strategy "${strategy}", got "${startTimeMetricRegex}"`;
    issues.addIssue({ code: 'custom', path: ['startTimeMetricRegex'], message });
  });

/** A strategy for setting missing start times. */
export type StrategyName = 'true_reset_point' | 'subtract_initial_point' | 'start_time_metric';
