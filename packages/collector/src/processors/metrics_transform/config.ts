import { patternError } from '../../component/pattern.ts';
import { z } from '../../component/schema.ts';
import { AGGREGATIONS } from '../../ottl/points/aggregate-points.ts';

const aggregation = (description: string) =>
  z
    .enum(['', ...AGGREGATIONS])
    .prefault('')
    .describe(description);

const OPERATIONS = [
  'add_label',
  'update_label',
  'delete_label_value',
  'toggle_scalar_data_type',
  'experimental_scale_value',
  'aggregate_labels',
  'aggregate_label_values',
] as const;

const operation = z
  .object({
    action: z.enum(OPERATIONS).describe('Operation to perform.'),
    label: z.string().prefault('').describe('Attribute to change.'),
    newLabel: z.string().prefault('').describe('New attribute name, or name of the attribute to add.'),
    labelSet: z.array(z.string()).prefault([]).describe('Attributes that `aggregate_labels` keeps.'),
    aggregationType: aggregation('How values are aggregated: `sum`, `mean`, `min`, `max`, `median` or `count`.'),
    aggregatedValues: z.array(z.string()).prefault([]).describe('Values that `aggregate_label_values` replaces.'),
    newValue: z.string().prefault('').describe('New value. `{{version}}` is replaced with the otelier version.'),
    valueActions: z
      .array(
        z.object({
          value: z.string().prefault('').describe('Value to replace.'),
          newValue: z.string().prefault('').describe('New value.'),
        }),
      )
      .prefault([])
      .describe('Values that `update_label` replaces.'),
    experimentalScale: z.number().prefault(0).describe('Factor of `experimental_scale_value`.'),
    labelValue: z.string().prefault('').describe('Value whose points `delete_label_value` deletes.'),
  })
  .superRefine(({ action, label, newLabel, newValue, experimentalScale }, issues) => {
    const require = (actions: string, key: string, isMissing: boolean) => {
      if (action === actions && isMissing)
        issues.addIssue({ code: 'custom', path: [key], message: `expected a value with action "${action}", got none` });
    };
    require('update_label', 'label', label === '');
    require('add_label', 'newLabel', newLabel === '');
    require('add_label', 'newValue', newValue === '');
    require('experimental_scale_value', 'experimentalScale', experimentalScale === 0);
  });

const transform = z
  .object({
    include: z.string().min(1).describe('Metric name, or a regular expression.'),
    matchType: z
      .enum(['', 'strict', 'regexp'])
      .prefault('')
      .describe('How `include` and the values of `experimental_match_labels` match: `strict` (default) or `regexp`.'),
    experimentalMatchLabels: z
      .record(z.string(), z.string())
      .prefault({})
      .describe('Attributes that points must have. An empty value matches a missing attribute.'),
    action: z
      .enum(['insert', 'update', 'combine', 'group'])
      .describe(
        '`update` changes the metrics, `insert` adds changed copies of them, `combine` merges them into one metric, and `group` moves them to a separate resource.',
      ),
    newName: z.string().prefault('').describe('New name. `$1` and `$name` are groups of `include`.'),
    groupResourceLabels: z
      .record(z.string(), z.string())
      .optional()
      .describe('Attributes to add to the resource for grouped metrics.'),
    aggregationType: aggregation('How `combine` aggregates points with equal attributes and times.'),
    submatchCase: z
      .enum(['', 'lower', 'upper'])
      .prefault('')
      .describe('Case conversion of attribute values that `combine` takes from the groups of `include`.'),
    operations: z.array(operation).prefault([]).describe('Operations on the resulting metrics, in order.'),
  })
  .superRefine((config, issues) => {
    const { action, newName, aggregationType, groupResourceLabels, matchType, include, experimentalMatchLabels } =
      config;
    const issue = (path: string[], message: string) => issues.addIssue({ code: 'custom', path, message });
    if ((action === 'insert' || action === 'combine') && newName === '')
      issue(['newName'], `expected a name with action "${action}", got none`);
    if (action === 'combine' && aggregationType === '')
      issue(['aggregationType'], `expected ${AGGREGATIONS.join(', ')} with action "combine", got nothing`);
    if (action === 'group' && groupResourceLabels === undefined)
      issue(['groupResourceLabels'], 'expected attributes with action "group", got none');
    if (matchType !== 'regexp') return;
    const patterns = [[['include'], include] as const].concat(
      Object.entries(experimentalMatchLabels).map(([key, value]) => [['experimentalMatchLabels', key], value] as never),
    );
    for (const [path, text] of patterns) {
      const message = patternError(text);
      if (message !== undefined) issue([...path], message);
    }
  });

/** The configuration schema of `metrics_transform`. */
export const metricsTransformConfig = z.object({
  transforms: z
    .array(transform)
    .prefault([])
    .describe('Transforms, in order. Each one is applied to the result of the previous one.'),
});

/** A metric transform. */
export type Transform = z.output<typeof transform>;
/** An operation on a metric. */
export type Operation = Transform['operations'][number];
