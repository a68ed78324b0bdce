import { httpClientFields } from '../../component/fields/http-client.ts';
import { duration, z } from '../../component/schema.ts';
import { formatList, suggestion } from '../../config/nearest.ts';
import { DETECTOR_NAMES, DETECTORS } from './detectors.ts';

const detectorFields = Object.fromEntries(Object.entries(DETECTORS).map(([key, { field }]) => [key, field]));

/** The configuration schema of `resource_detection`. */
export const resourceDetectionConfig = z
  .object({
    detectors: z
      .array(
        z
          .string()
          .transform((name) => name.trim())
          .superRefine((name, issues) => {
            if (!DETECTOR_NAMES.includes(name))
              issues.addIssue({
                code: 'custom',
                message: `expected ${formatList(DETECTOR_NAMES)}, got "${name}"${suggestion(name, DETECTOR_NAMES)}`,
              });
          }),
      )
      .min(1)
      .prefault(['env'])
      .describe(
        `Detectors to run. If two find the same attribute, the first one wins. Possible values: ${DETECTOR_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
      ),
    override: z.boolean().prefault(true).describe('Whether detected attributes replace those in the telemetry.'),
    timeout: duration()
      .prefault('5s')
      .describe('Timeout of the detection or, with `retry.max_elapsed_time`, of each attempt. 0 means no limit.'),
    refreshInterval: duration()
      .prefault('0s')
      .describe(
        'Interval at which detection is repeated. If it fails, the previous attributes are kept. 0 means once, at the start.',
      ),
    failOnMissingMetadata: z
      .boolean()
      .prefault(false)
      .describe('Whether a metadata service that does not respond is treated as an error, which is retried.'),
    retry: z
      .object({
        enabled: z.boolean().prefault(true).describe('Whether to retry failed detections.'),
        initialInterval: duration().prefault('1s').describe('Delay before the first retry.'),
        randomizationFactor: z
          .number()
          .min(0)
          .max(1)
          .prefault(0.5)
          .describe('Random jitter, as a fraction of the delay.'),
        multiplier: z.number().min(0).prefault(2).describe('Factor by which the delay increases after each retry.'),
        maxInterval: duration().prefault('30s').describe('Maximum delay between retries.'),
        maxElapsedTime: duration()
          .prefault('0s')
          .describe('Maximum total duration of all attempts. 0 means that they are limited by `timeout`.'),
      })
      .prefault({})
      .describe('Settings for retrying failed detectors.'),
    ...httpClientFields('detectors use their own HTTP clients'),
    ...detectorFields,
  })
  .superRefine(({ retry, timeout }, issues) => {
    if (retry.enabled && timeout === 0 && retry.maxElapsedTime === 0)
      issues.addIssue({
        code: 'custom',
        path: ['timeout'],
        message: 'expected a duration above 0, here or in `retry.max_elapsed_time`, because retries are enabled',
      });
  });

/** The parsed configuration. */
export type ResourceDetectionConfig = z.output<typeof resourceDetectionConfig>;
