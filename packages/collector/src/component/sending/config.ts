import { byteSize, duration, z } from '../schema.ts';

const MIB = 2 ** 20;

/** What happens to a batch for which a queue has no space. */
export type OverflowPolicy = 'reject' | 'block' | 'drop_oldest';

/** Defaults of a queue that differ from those of other exporters. */
export interface QueueDefaults {
  readonly queueSize?: number;
  readonly blockOnOverflow?: boolean;
  /** Whether batches are merged by default, and how. */
  readonly batch?: {
    readonly flushTimeout: string;
    readonly minSize: number;
    readonly maxSize: number;
    readonly sizer: 'items' | 'bytes';
  };
}

function batchField({ batch: defaults }: QueueDefaults) {
  const object = z
    .object({
      enabled: z.boolean().prefault(true).describe('Whether to merge batches.'),
      flushTimeout: duration()
        .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
        .prefault(defaults?.flushTimeout ?? '200ms')
        .describe('Time after the first batch at which the merged batch is sent regardless of its size.'),
      minSize: z
        .int()
        .min(0)
        .prefault(defaults?.minSize ?? 8192)
        .describe('Minimum size of a merged batch, in the unit of `sizer`.'),
      maxSize: z
        .int()
        .min(0)
        .prefault(defaults?.maxSize ?? 0)
        .describe('Maximum size of a batch, in the unit of `sizer`. Larger batches are split. 0 means no limit.'),
      sizer: (defaults === undefined ? SIZER.optional() : SIZER.prefault(defaults.sizer).optional()).describe(
        'Unit of `min_size` and `max_size`. Default: the unit of the queue if it is one of these, else `items`.',
      ),
      partition: z
        .object({
          metadataKeys: z
            .array(z.string().min(1).toLowerCase())
            .refine(
              (keys) => new Set(keys).size === keys.length,
              'expected different keys; upper and lower case are the same',
            )
            .prefault([])
            .describe(
              'Request metadata to batch by: each combination of values is batched separately. Receivers keep metadata with `include_metadata`.',
            ),
        })
        .prefault({})
        .describe('Which batches are not merged. Those of different tenants never are.'),
    })
    .refine(({ minSize, maxSize }) => maxSize === 0 || maxSize >= minSize, {
      path: ['maxSize'],
      error: 'expected 0 or at least min_size',
    });
  return (defaults === undefined ? object.optional() : object.prefault({}).optional()).describe(
    'Merges small batches of the queue and splits large ones. Without it, they are sent as they came.',
  );
}

const SIZER = z.enum(['items', 'bytes']);

/** Returns the field of a sending queue. */
export function sendingQueueField(defaults: QueueDefaults = {}) {
  return z
    .object({
      enabled: z
        .boolean()
        .prefault(true)
        .describe('Whether to queue batches. Without a queue, clients wait for the destination.'),
      numConsumers: z
        .int()
        .min(1)
        .prefault(10)
        .describe('Number of batches sent concurrently. With 1, they are sent in the order of their arrival.'),
      queueSize: z
        .int()
        .min(1)
        .prefault(defaults.queueSize ?? 1000)
        .describe('Maximum size of the queue, in the unit of `sizer`.'),
      sizer: z
        .enum(['requests', 'items', 'bytes'])
        .prefault('requests')
        .describe('Unit of `queue_size`: batches (`requests`), items (spans, log records, data points) or bytes.'),
      maxBytes: byteSize()
        .optional()
        .describe(
          'Maximum size of the queue in bytes, in addition to `queue_size`. Default: 128 MiB in memory, where the memory limit of the process applies as well, and 4 GiB with `storage`, or no other limit than `queue_size` if its unit is bytes.',
        ),
      blockOnOverflow: z
        .boolean()
        .prefault(defaults.blockOnOverflow ?? false)
        .describe('Whether clients wait for space in a full queue. By default, they receive a retryable error.'),
      overflowPolicy: z
        .enum(['reject', 'block', 'drop_oldest'])
        .optional()
        .describe(
          'What a full queue does: `reject` a batch with a retryable error, `block` its client until there is space, or `drop_oldest`, which removes the oldest batches and counts them as dropped. Default: according to `block_on_overflow`.',
        ),
      waitForResult: z
        .boolean()
        .prefault(false)
        .describe('Whether clients wait for the outcome of the destination. Not with `storage`.'),
      storage: z
        .string()
        .min(1)
        .optional()
        .describe(
          'ID of the extension that stores the queue, such as `file_storage`. Batches then survive a restart and a crash. Without it, the queue is in memory.',
        ),
      batch: batchField(defaults),
    })
    .refine(({ blockOnOverflow, overflowPolicy = 'block' }) => !blockOnOverflow || overflowPolicy === 'block', {
      path: ['overflowPolicy'],
      error: 'expected block, because block_on_overflow is true',
    })
    .refine(({ waitForResult, storage }) => !waitForResult || storage === undefined, {
      path: ['waitForResult'],
      error: 'expected false, because batches with storage are accepted once they are stored',
    })
    .prefault({})
    .describe('Sending queue.');
}

/** The fields that all sending exporters have (the Collector's `exporterhelper`). */
export const sendingFields = {
  timeout: duration().prefault('5s').describe('Maximum time for an attempt to send. 0 means no limit.'),
  sendingQueue: sendingQueueField(),
  retryOnFailure: z
    .object({
      enabled: z.boolean().prefault(true).describe('Whether to retry failed attempts.'),
      initialInterval: duration().prefault('5s').describe('Delay before the first retry.'),
      randomizationFactor: z
        .number()
        .min(0)
        .max(1)
        .prefault(0.5)
        .describe('Randomization of delays, as a fraction of the delay.'),
      multiplier: z.number().min(1).prefault(1.5).describe('Factor by which the delay grows with each retry.'),
      maxInterval: duration().prefault('30s').describe('Maximum delay between retries.'),
      maxElapsedTime: duration()
        .optional()
        .describe(
          'Time after which a batch is dropped. 0 means no limit. Default: 5m, and no limit with `sending_queue.storage`.',
        ),
    })
    .prefault({})
    .describe('Retries of failed attempts.'),
} as const;

/** The type of `sendingFields`. */
export type SendingFields = typeof sendingFields;

/** The configuration of `sendingFields`. */
export type SendingConfig = z.output<z.ZodObject<SendingFields>>;

/** The configuration of a queue. */
export type QueueConfig = SendingConfig['sendingQueue'];

/** The configuration of batching in a queue, with its defaults. */
export type QueueBatchConfig = NonNullable<QueueConfig['batch']> & { readonly sizer: 'items' | 'bytes' };

/** Returns how the batches of a queue are merged, if they are. */
export function batchingOf({ batch: config, sizer }: QueueConfig): QueueBatchConfig | undefined {
  if (config === undefined || !config.enabled) return undefined;
  return { ...config, sizer: config.sizer ?? (sizer === 'requests' ? 'items' : sizer) };
}

/** Returns what a full queue does. */
export function overflowPolicyOf({ overflowPolicy, blockOnOverflow }: QueueConfig): OverflowPolicy {
  return overflowPolicy ?? (blockOnOverflow ? 'block' : 'reject');
}

/** Returns the maximum size of a queue in bytes. */
export function limitBytesOf({ sizer, queueSize, maxBytes, storage }: QueueConfig): number {
  const byQueueSize = sizer === 'bytes' ? queueSize : Number.POSITIVE_INFINITY;
  if (maxBytes !== undefined) return Math.min(byQueueSize, maxBytes);
  if (storage === undefined) return Math.min(byQueueSize, 128 * MIB);
  return sizer === 'bytes' ? queueSize : 4096 * MIB;
}

/** Whether a component has a sending queue that is on disk. */
export function hasDurableQueue(config: Readonly<Record<string, unknown>>): boolean {
  const queue = config['sendingQueue'] as Partial<QueueConfig> | undefined;
  return queue?.enabled === true && queue.storage !== undefined;
}

/** Returns the time after which retrying a batch ends, in milliseconds; 0 if it never does. */
export function maxElapsedOf(config: SendingConfig): number {
  // A durable queue promises that what it accepted is delivered, however long the destination is away.
  return config.retryOnFailure.maxElapsedTime ?? (hasDurableQueue(config) ? 0 : 300_000);
}
