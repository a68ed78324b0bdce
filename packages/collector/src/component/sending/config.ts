import { byteSize, duration, notYet, z } from '../schema.ts';

/** The fields common to all sending exporters (the Collector's `exporterhelper`). */
export const sendingFields = {
  timeout: duration().prefault('5s').describe('Timeout of each attempt to send. 0 means no limit.'),
  sendingQueue: z
    .object({
      enabled: z
        .boolean()
        .prefault(true)
        .describe('Whether to queue batches. Without a queue, clients wait for the destination.'),
      numConsumers: z.int().min(1).prefault(10).describe('Number of batches sent concurrently.'),
      queueSize: z.int().min(1).prefault(1000).describe('Maximum size of the queue, in the unit of `sizer`.'),
      sizer: z
        .enum(['requests', 'items', 'bytes'])
        .prefault('requests')
        .describe('Unit of `queue_size`: batches (`requests`), items (spans, log records, data points) or bytes.'),
      maxBytes: byteSize()
        .prefault('128MiB')
        .describe(
          'Maximum size of the queue in bytes, in addition to `queue_size`. The memory limit of the process also applies.',
        ),
      blockOnOverflow: z
        .boolean()
        .prefault(false)
        .describe('Whether clients wait for space in a full queue. By default, they receive a retryable error.'),
      waitForResult: z.boolean().prefault(false).describe('Whether clients wait for the response of the destination.'),
      storage: notYet('leave `storage` out, the queue is in memory').describe(
        'Storage extension for a persistent queue. Not supported yet.',
      ),
      batch: notYet('use the `batch` processor').describe('Batching in the queue. Not supported yet.'),
    })
    .prefault({})
    .describe('Sending queue.'),
  retryOnFailure: z
    .object({
      enabled: z.boolean().prefault(true).describe('Whether to retry failed attempts.'),
      initialInterval: duration().prefault('5s').describe('Delay before the first retry.'),
      randomizationFactor: z
        .number()
        .min(0)
        .max(1)
        .prefault(0.5)
        .describe('Random jitter, as a fraction of the delay.'),
      multiplier: z.number().min(1).prefault(1.5).describe('Factor by which the delay increases after each retry.'),
      maxInterval: duration().prefault('30s').describe('Maximum delay between retries.'),
      maxElapsedTime: duration().prefault('5m').describe('Time after which a batch is dropped. 0 means no limit.'),
    })
    .prefault({})
    .describe('Settings for retrying failed attempts.'),
} as const;

/** The type of `sendingFields`. */
export type SendingFields = typeof sendingFields;

/** The parsed configuration of `sendingFields`. */
export type SendingConfig = z.output<z.ZodObject<SendingFields>>;
