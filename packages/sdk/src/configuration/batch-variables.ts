import type { ClientOptions } from '../client/options.ts';
import type { Variables } from './variables.ts';

/** Batch, queue and retry settings that correspond to a batch processor in opentelemetry-js. */
export type DeliverySettings = Pick<ClientOptions, 'batch' | 'queue' | 'retry'>;

/**
 * Reads the `OTEL_BSP_*` (spans) or `OTEL_BLRP_*` (log records) settings. Unset ones default to those of the client.
 */
export function deliveryFrom(variables: Variables, prefix: 'OTEL_BSP' | 'OTEL_BLRP'): DeliverySettings {
  const maxDelayMillis = variables.integer(`${prefix}_SCHEDULE_DELAY`, 0, MAX_DELAY_MILLIS);
  const maxElapsedMillis = variables.timeout(`${prefix}_EXPORT_TIMEOUT`);
  const queueSize = variables.integer(`${prefix}_MAX_QUEUE_SIZE`, 1);
  const batchSize = batchSizeFrom(variables, `${prefix}_MAX_EXPORT_BATCH_SIZE`, queueSize);
  const batch = {
    ...(maxDelayMillis === undefined ? {} : { maxDelayMillis }),
    ...(batchSize === undefined ? {} : { maxItems: batchSize }),
  };
  return {
    ...(Object.keys(batch).length === 0 ? {} : { batch }),
    ...(queueSize === undefined ? {} : { queue: { maxItems: queueSize } }),
    ...(maxElapsedMillis === undefined ? {} : { retry: { maxElapsedMillis } }),
  };
}

function batchSizeFrom(variables: Variables, name: string, queueSize = DEFAULT_QUEUE_SIZE): number | undefined {
  const size = variables.integer(name, 1, MAX_BATCH_SIZE);
  if (size === undefined || size <= queueSize) return size;
  return variables.reject(name, `at most the size of the queue, ${queueSize}`, String(size));
}

const MAX_DELAY_MILLIS = 86_400_000;
const MAX_BATCH_SIZE = 65_536;
/** The client's default queue size. */
const DEFAULT_QUEUE_SIZE = 16_384;
