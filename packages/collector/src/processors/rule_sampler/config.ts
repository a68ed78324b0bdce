import { duration, z } from '../../component/schema.ts';
import { ruleErrors } from './match.ts';

const ACTION = {
  action: z
    .enum(['keep', 'drop', 'probability', 'rate_limit'])
    .describe(
      'How matching items are handled: `keep`, `drop`, `probability` keeps `sampling_percentage` of them, `rate_limit` keeps `items_per_second` on average.',
    ),
  samplingPercentage: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('Percentage of items to keep with the action `probability`.'),
  itemsPerSecond: z
    .number()
    .positive()
    .optional()
    .describe(
      'Number of items to keep per second with the action `rate_limit`, on average. With `service.workers`, the rate applies to each worker thread.',
    ),
} as const;

const attributes = (of: string) =>
  z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .prefault({})
    .describe(`Attributes of the ${of} by key, all of which must have these values.`);

const rule = z
  .object({
    name: z.string().min(1).describe('Rule name in statistics.'),
    conditions: z
      .array(z.string())
      .prefault([])
      .describe('OTTL conditions; one match is enough. Default: all items match.'),
    attributes: attributes('item'),
    resourceAttributes: attributes('resource'),
    ...ACTION,
  })
  .superRefine((value, issues) => {
    checkAction(value, issues);
    for (const { path, message } of ruleErrors(value)) issues.addIssue({ code: 'custom', message, path, input: value });
  });

export const ruleSamplerConfig = z.object({
  rules: z
    .array(rule)
    .superRefine((rules, issues) => {
      for (const [index, { name }] of rules.entries()) {
        if (name !== DEFAULT_RULE && rules.findIndex((other) => other.name === name) === index) continue;
        const message = `expected a name of its own, got "${name}"`;
        issues.addIssue({ code: 'custom', message, path: [index, 'name'], input: name });
      }
    })
    .prefault([])
    .describe('Rules, in order. The first one that matches an item applies to it.'),
  default: z
    .object(ACTION)
    .superRefine(checkAction)
    .prefault({ action: 'keep' })
    .describe('How items that match no rule are handled.'),
  dryRun: z.boolean().prefault(false).describe('Whether to forward all items unchanged and only count decisions.'),
  errorMode: z
    .enum(['ignore', 'silent', 'propagate'])
    .prefault('ignore')
    .describe(
      'How to handle conditions that fail to evaluate: `ignore` logs the first error of each kind and continues, `silent` continues, `propagate` refuses the batch.',
    ),
  reportInterval: duration()
    .prefault('1m')
    .describe('Interval at which rule statistics are logged if they have changed. 0 logs them only at shutdown.'),
  samplingPrecision: z
    .int()
    .min(1)
    .max(14)
    .prefault(4)
    .describe('Number of hexadecimal digits in sampling thresholds.'),
});

/** Name of the default rule in statistics. */
export const DEFAULT_RULE = 'default';

/** The configuration of the `rule_sampler` processor. */
export type RuleSamplerConfig = z.output<typeof ruleSamplerConfig>;

/** How items are handled. */
export interface ActionConfig {
  readonly action: 'keep' | 'drop' | 'probability' | 'rate_limit';
  readonly samplingPercentage?: number | undefined;
  readonly itemsPerSecond?: number | undefined;
}

function checkAction(value: ActionConfig, issues: z.RefinementCtx): void {
  const { action, samplingPercentage, itemsPerSecond } = value;
  if (action === 'probability' && samplingPercentage === undefined)
    issues.addIssue({
      code: 'custom',
      message: 'expected a percentage for the action probability',
      path: ['samplingPercentage'],
      input: value,
    });
  if (action === 'rate_limit' && itemsPerSecond === undefined)
    issues.addIssue({
      code: 'custom',
      message: 'expected a number for the action rate_limit',
      path: ['itemsPerSecond'],
      input: value,
    });
}
