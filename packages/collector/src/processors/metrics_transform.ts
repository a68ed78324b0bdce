import { defineProcessor } from '../component/define.ts';
import { formatCount } from '../component/units.ts';
import { metricsTransformConfig } from './metrics_transform/config.ts';
import { createMetricsTransform } from './metrics_transform/processor.ts';

export const metricsTransform = defineProcessor({
  summary: 'Renames, copies, combines and groups metrics, and edits and aggregates their attributes.',
  stability: 'beta',
  signals: ['metrics'],
  aliases: ['metricstransform'],
  config: metricsTransformConfig,
  examples: [
    {
      title: 'Rename a metric, and keep only one attribute',
      config: {
        transforms: [
          {
            include: 'system.cpu.usage',
            action: 'update',
            new_name: 'system.cpu.usage_time',
            operations: [{ action: 'aggregate_labels', label_set: ['state'], aggregation_type: 'sum' }],
          },
        ],
      },
    },
    {
      title: 'One metric with an attribute instead of one metric per method',
      config: {
        transforms: [
          {
            include: '^requests\\.(?P<method>.*)$$',
            match_type: 'regexp',
            action: 'combine',
            new_name: 'requests',
            aggregation_type: 'sum',
            submatch_case: 'upper',
          },
        ],
      },
    },
  ],
  describe: ({ transforms }) => formatCount(transforms.length, 'transform'),
  create: ({ transforms }, next, context) => createMetricsTransform(transforms, next, context),
});
