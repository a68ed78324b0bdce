import { byteSize, duration, notYet, z } from '../schema.ts';

/** What every sending exporter's configuration has besides its own fields (the Collector's `exporterhelper`). */
export const sendingFields = {
  timeout: duration().prefault('5s').describe('How long one attempt to send may take. 0 means no limit.'),
  sendingQueue: z
    .object({
      enabled: z
        .boolean()
        .prefault(true)
        .describe('Whether batches wait in a queue. Without it the sender waits for the destination.'),
      numConsumers: z.int().min(1).prefault(10).describe('Batches being sent at once.'),
      queueSize: z.int().min(1).prefault(1000).describe('Most that may wait, in the unit of `sizer`.'),
      sizer: z
        .enum(['requests', 'items', 'bytes'])
        .prefault('requests')
        .describe('What `queue_size` counts: batches, items (spans, log records, data points) or bytes.'),
      maxBytes: byteSize()
        .prefault('128MiB')
        .describe(
          'Most bytes that may wait, whatever `sizer` says. The memory budget of the process bounds it further.',
        ),
      blockOnOverflow: z
        .boolean()
        .prefault(false)
        .describe('Whether a full queue makes the sender wait. Otherwise it is told at once to try again later.'),
      waitForResult: z
        .boolean()
        .prefault(false)
        .describe('Whether the sender waits until the destination has answered.'),
      storage: notYet('leave `storage` out, the queue is in memory').describe('A queue on disk. Not available yet.'),
      batch: notYet('use the `batch` processor').describe('Batching in the queue. Not available yet.'),
    })
    .prefault({})
    .describe('The queue before the destination.'),
  retryOnFailure: z
    .object({
      enabled: z.boolean().prefault(true).describe('Whether a failed attempt is repeated.'),
      initialInterval: duration().prefault('5s').describe('Pause after the first failure.'),
      randomizationFactor: z
        .number()
        .min(0)
        .max(1)
        .prefault(0.5)
        .describe('How far pauses are spread at random, as a part of the pause.'),
      multiplier: z.number().min(1).prefault(1.5).describe('How much longer each pause is than the one before.'),
      maxInterval: duration().prefault('30s').describe('Longest pause.'),
      maxElapsedTime: duration()
        .prefault('5m')
        .describe('After this long a batch is given up and counted as dropped. 0 means never.'),
    })
    .prefault({})
    .describe('What happens when the destination does not take a batch.'),
} as const;

/** The shape of `sendingFields`. */
export type SendingFields = typeof sendingFields;

/** `sendingFields` as code reads them. */
export type SendingConfig = z.output<z.ZodObject<SendingFields>>;
