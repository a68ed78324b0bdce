import { byteSize, duration, z } from '../../component/schema.ts';

export const batchConfig = z
  .object({
    sendBatchSize: z
      .int()
      .min(0)
      .prefault(8192)
      .describe('Number of items (spans, log records, data points) after which a batch is sent. 0 sends immediately.'),
    timeout: duration()
      .prefault('200ms')
      .describe('How long after its first item a batch is sent regardless of its size. 0 sends immediately.'),
    sendBatchMaxSize: z
      .int()
      .min(0)
      .prefault(0)
      .describe('Maximum number of items per batch. Larger batches are split. 0 means no limit.'),
    sendBatchMaxBytes: byteSize()
      .prefault('4MiB')
      .describe(
        'Maximum size of a merged batch. The default is the message size limit of gRPC servers. 0 means no limit.',
      ),
    metadataKeys: z
      .array(z.string().min(1).toLowerCase())
      .refine(
        (keys) => new Set(keys).size === keys.length,
        'expected different keys; upper and lower case are the same',
      )
      .prefault([])
      .describe('Request metadata keys to batch by: each combination of values is batched separately.'),
    metadataCardinalityLimit: z
      .int()
      .min(1)
      .prefault(1000)
      .describe(
        'Maximum number of metadata combinations batched concurrently. Telemetry with further combinations is refused.',
      ),
    waitForResult: z
      .boolean()
      .prefault(false)
      .describe('Whether clients wait until their batch has been delivered and receive its outcome.'),
  })
  .refine(({ sendBatchMaxSize, sendBatchSize }) => sendBatchMaxSize === 0 || sendBatchMaxSize >= sendBatchSize, {
    path: ['sendBatchMaxSize'],
    error: 'expected 0 or at least send_batch_size',
  });

/** The configuration of the `batch` processor. */
export type BatchConfig = z.output<typeof batchConfig>;
