import { defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';

export const nop = defineReceiver({
  summary: 'Receives nothing, for pipelines that need a receiver in name only.',
  stability: 'stable',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({}),
  examples: [{ title: 'A pipeline without input', config: {} }],
  create: () => ({}),
});
