import { ACCEPTED } from '@otelier/otlp';
import { defineExporter } from '../component/define.ts';
import { z } from '../component/schema.ts';

/** Takes everything and keeps nothing. */
export const nop = defineExporter({
  summary: 'Takes everything and keeps nothing, to measure or to try a pipeline.',
  stability: 'stable',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({}),
  examples: [{ title: 'End a pipeline', config: {} }],
  create() {
    return { consume: () => ACCEPTED };
  },
});
