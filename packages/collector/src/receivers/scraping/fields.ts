import { duration, ignored, z } from '../../component/schema.ts';
import type { ScrapedMetric } from './reading.ts';

/** Returns the fields of a receiver that reads at an interval (the Collector's `scraperhelper.ControllerConfig`). */
export function scrapingFields(interval = '1m') {
  return {
    collectionInterval: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault(interval)
      .describe('Interval between readings.'),
    initialDelay: duration().prefault('1s').describe('Delay before the first reading.'),
    timeout: duration().prefault('0s').describe('Time after which a reading has failed. 0 means the interval.'),
  } as const;
}

/** Returns the field for which of the known metrics are collected. */
export function metricsField(known: Readonly<Record<string, ScrapedMetric>>) {
  return z
    .record(
      z.string(),
      z.object({
        enabled: z.boolean().optional().describe('Whether the metric is collected.'),
        attributes: ignored('points have all attributes', { schema: z.array(z.string()) }),
        aggregationStrategy: ignored('points have all attributes', { schema: z.string() }),
      }),
    )
    .superRefine((metrics, issues) => {
      for (const name of Object.keys(metrics)) {
        if (Object.hasOwn(known, name)) continue;
        const message = `expected one of ${Object.keys(known).join(', ')}`;
        issues.addIssue({ code: 'custom', path: [name], message, input: name });
      }
    })
    .prefault({})
    .describe('Metrics that are collected or not, by name.');
}

/** Returns which metrics are collected. */
export function enabledMetrics(
  known: Readonly<Record<string, ScrapedMetric>>,
  configured: z.output<ReturnType<typeof metricsField>>,
): (metric: string) => boolean {
  return (metric) => configured[metric]?.enabled ?? known[metric]?.isEnabled ?? false;
}

/** Returns the field for which of the known attributes resources have. */
export function resourceAttributesField(known: Readonly<Record<string, boolean>>) {
  return z
    .record(z.string(), z.object({ enabled: z.boolean().optional().describe('Whether resources have the attribute.') }))
    .superRefine((attributes, issues) => {
      for (const name of Object.keys(attributes)) {
        if (Object.hasOwn(known, name)) continue;
        const names = Object.keys(known).join(', ');
        const message = names === '' ? 'expected nothing: there are none' : `expected one of ${names}`;
        issues.addIssue({ code: 'custom', path: [name], message, input: name });
      }
    })
    .prefault({})
    .describe('Attributes of resources that are added or not, by name.');
}
