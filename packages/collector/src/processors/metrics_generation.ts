import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { generateMetrics } from './metrics_generation/generate.ts';
import { OPERATIONS } from './metrics_generation/rule.ts';

const OPERATION_NAMES = Object.keys(OPERATIONS);

export const metricsGeneration = defineRewriter({
  summary: 'Creates metrics by scaling a metric or by calculating with two metrics of a resource.',
  stability: 'alpha',
  signals: ['metrics'],
  aliases: ['metricsgeneration'],
  config: z.object({
    rules: z
      .array(
        z
          .object({
            name: z.string().min(1).describe('Name of the new metric.'),
            unit: z.string().prefault('').describe('Unit of the new metric.'),
            type: z
              .enum(['calculate', 'scale'])
              .describe('`calculate` combines `metric1` and `metric2`, `scale` combines `metric1` and `scale_by`.'),
            metric1: z.string().min(1).describe('Name of a gauge or sum, the first operand.'),
            metric2: z.string().prefault('').describe('Name of a gauge or sum, the second operand of `calculate`.'),
            operation: z
              .enum(['', ...OPERATION_NAMES])
              .prefault('')
              .describe(
                'Operation: `add`, `subtract`, `multiply`, `divide` or `percent`. Rules without one are skipped.',
              ),
            scaleBy: z.number().prefault(0).describe('Number above 0, the second operand of `scale`.'),
          })
          .superRefine(({ name, type, metric1, metric2, scaleBy }, issues) => {
            const issue = (key: string, message: string) =>
              issues.addIssue({ code: 'custom', path: [key], message, input: undefined });
            if (type === 'calculate' && metric2 === '') issue('metric2', 'expected the name of a metric, got nothing');
            if (type === 'scale' && !(scaleBy > 0)) issue('scaleBy', `expected a number above 0, got ${scaleBy}`);
            if (name === metric1 || name === metric2)
              issue('name', `expected another name than those of the operands, got "${name}"`);
          }),
      )
      .prefault([])
      .describe('Rules for new metrics. They see the metrics of rules before them as `metric1`.'),
    matchAttributes: z
      .boolean()
      .prefault(false)
      .describe(
        'Combines only points whose common attributes are equal. Otherwise, the first point of `metric2` is the operand of all points. The feature gate `metricsgeneration.MatchAttributes` of the Collector.',
      ),
  }),
  examples: [
    {
      title: 'Memory in bytes, and its share of the limit',
      config: {
        rules: [
          {
            name: 'pod.memory.bytes',
            unit: 'By',
            type: 'scale',
            metric1: 'pod.memory.mb',
            operation: 'multiply',
            scale_by: 1048576,
          },
          {
            name: 'pod.memory.utilization',
            type: 'calculate',
            metric1: 'pod.memory.mb',
            metric2: 'node.memory.limit',
            operation: 'percent',
          },
        ],
      },
    },
  ],
  describe: ({ rules }) => formatCount(rules.length, 'rule'),
  hooks: ({ rules, matchAttributes }) => generateMetrics(rules, matchAttributes),
});
