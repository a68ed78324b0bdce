import { defineProcessor } from '../component/define.ts';
import { spanPruningConfig } from './span_pruning/config.ts';
import { createSpanPruning } from './span_pruning/processor.ts';

export const spanPruning = defineProcessor({
  summary: 'Replaces similar leaf spans in a trace, and their parents, with a single summary span.',
  stability: 'alpha',
  signals: ['traces'],
  aliases: ['spanpruning'],
  config: spanPruningConfig,
  examples: [
    {
      title: 'Summarize three or more equal database queries of a parent',
      config: { group_by_attributes: ['db.*'], min_spans_to_aggregate: 3 },
    },
  ],
  describe: ({ minSpansToAggregate }) => `${minSpansToAggregate} or more`,
  create: createSpanPruning,
});
