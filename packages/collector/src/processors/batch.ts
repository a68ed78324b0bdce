import { defineProcessor } from '../component/define.ts';
import { formatDuration } from '../component/units.ts';
import { batchConfig } from './batch/config.ts';
import { BatchProcessor } from './batch/processor.ts';

export const batch = defineProcessor({
  summary: 'Merges small batches and splits large ones to reduce the number of outgoing requests.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: batchConfig,
  examples: [
    { title: 'Larger batches, at least one per second', config: { send_batch_size: 20000, timeout: '1s' } },
    { title: 'One batch per tenant header', config: { metadata_keys: ['x-tenant'], send_batch_max_size: 10000 } },
  ],
  describe: ({ sendBatchSize, timeout }) => `${sendBatchSize}, ${formatDuration(timeout)}`,
  create: (config, next, context) => new BatchProcessor(config, next, context),
});
