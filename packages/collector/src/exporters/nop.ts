import { ACCEPTED } from '@otelier/otlp';
import { releaseOwned } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { z } from '../component/schema.ts';

export const nop = defineExporter({
  summary: 'Discards all telemetry, for testing and benchmarking pipelines.',
  stability: 'stable',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({}),
  examples: [{ title: 'Discard the output of a pipeline', config: {} }],
  create() {
    return {
      consume: () => ACCEPTED,
      consumeOwned(batch) {
        releaseOwned(batch);
        return ACCEPTED;
      },
    };
  },
});
