import type { ComponentCases } from '../cases.ts';
import { metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const steps = metricSteps({ seed: 71, requests: 6 });
const deltas = metricSteps({ seed: 72, requests: 6, temporality: 1, every: 4 });
const AGGREGATIONS = ['sum', 'mean', 'min', 'max', 'median', 'count'];
const all = { include: '.*', match_type: 'regexp', action: 'update' };

const valid = (name: string, ...transforms: readonly object[]) => ({ name, config: { transforms }, signals, steps });
const refused = (name: string, ...transforms: readonly object[]) => ({ name, config: { transforms }, signals });
const operation = (name: string, ...operations: readonly object[]) => valid(name, { ...all, operations });

/** Test cases for `metrics_transform`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'metrics_transform',
  configurations: [
    { name: 'defaults', config: {}, signals, steps },
    { name: 'no transforms', config: { transforms: [] }, signals },
    valid('rename', { include: 'requests', action: 'update', new_name: 'calls' }),
    valid('rename by groups', { ...all, include: '^(.*)\\.(.*)$', new_name: '$2/$1' }),
    valid('rename by named groups', {
      ...all,
      include: '^(?P<first>[^.]*)(\\.(?P<rest>.*))?$',
      new_name: 'x.$first-$rest',
    }),
    valid('rename to nothing', { ...all, include: '^q', new_name: '$2' }),
    valid('rename some points', {
      include: 'requests',
      experimental_match_labels: { route: 'a' },
      action: 'update',
      new_name: 'n',
    }),
    valid('insert', { include: 'requests', action: 'insert', new_name: 'copy' }),
    valid('insert by pattern', { ...all, include: 'e', action: 'insert', new_name: 'copy.$0' }),
    valid('insert some points', {
      include: 'latency',
      action: 'insert',
      new_name: 'copy',
      experimental_match_labels: { route: 'b' },
      operations: [{ action: 'update_label', label: 'route', new_label: 'path' }],
    }),
    valid('insert without a label', {
      include: 'size',
      action: 'insert',
      new_name: 'n',
      experimental_match_labels: { other: '' },
    }),
    valid('labels by pattern', { ...all, experimental_match_labels: { route: '[ab]' }, new_name: 'n' }),
    valid(
      'several transforms',
      { include: 'requests', action: 'insert', new_name: 'n' },
      { include: 'n', action: 'update', new_name: 'm' },
      { include: 'm', action: 'insert', new_name: 'o' },
    ),
    operation('add a label', { action: 'add_label', new_label: 'env', new_value: 'test' }),
    operation('add an existing label', { action: 'add_label', new_label: 'route', new_value: 'test' }),
    operation('rename a label', { action: 'update_label', label: 'route', new_label: 'path' }),
    operation('rename a label to another one', {
      action: 'update_label',
      label: 'route',
      new_label: 'code',
      value_actions: [
        { value: 'a', new_value: 'A' },
        { value: '', new_value: 'none' },
      ],
    }),
    operation('rename a label to itself', {
      action: 'update_label',
      label: 'route',
      new_label: 'route',
      value_actions: [
        { value: 'a', new_value: 'A' },
        { value: '', new_value: 'none' },
      ],
    }),
    operation('rename values', {
      action: 'update_label',
      label: 'route',
      value_actions: [
        { value: 'a', new_value: 'A' },
        { value: 'b', new_value: 'B' },
      ],
    }),
    operation('rename values that are no texts', {
      action: 'update_label',
      label: 'code',
      value_actions: [
        { value: '', new_value: 'number' },
        { value: '200', new_value: 'ok' },
      ],
    }),
    operation('delete points', { action: 'delete_label_value', label: 'route', label_value: 'a' }),
    operation('delete all points', { action: 'delete_label_value', label: 'code', label_value: '' }),
    operation('toggle the type', { action: 'toggle_scalar_data_type' }),
    operation('scale', { action: 'experimental_scale_value', experimental_scale: 1000 }),
    operation('scale down', { action: 'experimental_scale_value', experimental_scale: 0.3 }),
    operation(
      'scale and toggle',
      { action: 'experimental_scale_value', experimental_scale: 2.5 },
      { action: 'toggle_scalar_data_type' },
      { action: 'toggle_scalar_data_type' },
    ),
    ...AGGREGATIONS.flatMap((aggregation) => [
      operation(`aggregate labels: ${aggregation}`, {
        action: 'aggregate_labels',
        label_set: ['code'],
        aggregation_type: aggregation,
      }),
      operation(`aggregate values: ${aggregation}`, {
        action: 'aggregate_label_values',
        label: 'route',
        aggregated_values: ['a', 'b'],
        new_value: 'ab',
        aggregation_type: aggregation,
      }),
      {
        ...valid(`combine: ${aggregation}`, {
          ...all,
          include: '^(requests|queue.size|work.time)$',
          action: 'combine',
          new_name: 'combined',
          aggregation_type: aggregation,
        }),
      },
    ]),
    operation('aggregate all labels', { action: 'aggregate_labels', label_set: [], aggregation_type: 'sum' }),
    operation('aggregate without a type', { action: 'aggregate_labels', label_set: ['other'] }),
    { ...operation('aggregate deltas', { action: 'aggregate_labels', aggregation_type: 'sum' }), steps: deltas },
    {
      ...operation('aggregate all kinds of values', { action: 'aggregate_labels', aggregation_type: 'sum' }),
      steps: metricSteps({ seed: 73, temporality: 0, every: 3 }),
    },
    operation(
      'operations after one that fails',
      { action: 'aggregate_labels', aggregation_type: 'sum' },
      { action: 'add_label', new_label: 'x', new_value: 'y' },
    ),
    valid('combine histograms', {
      include: 'latency',
      action: 'combine',
      new_name: 'l',
      aggregation_type: 'sum',
      operations: [{ action: 'aggregate_labels', aggregation_type: 'sum' }],
    }),
    valid('combine exponential histograms', {
      include: 'size',
      action: 'combine',
      new_name: 's',
      aggregation_type: 'sum',
    }),
    valid('combine a summary', { include: 'quantiles', action: 'combine', new_name: 'q', aggregation_type: 'sum' }),
    valid('combine different kinds', { ...all, action: 'combine', new_name: 'q', aggregation_type: 'sum' }),
    valid(
      'combine renamed metrics with groups',
      { include: 'requests', action: 'insert', new_name: 'calls.Get' },
      { include: 'requests', action: 'update', new_name: 'calls.Post' },
      {
        include: '^calls\\.(?P<method>.*)$',
        match_type: 'regexp',
        action: 'combine',
        new_name: 'calls',
        aggregation_type: 'sum',
        submatch_case: 'lower',
      },
    ),
    valid('combine with groups without a name', {
      include: '^(re)(quests)$',
      match_type: 'regexp',
      action: 'combine',
      new_name: 'calls',
      aggregation_type: 'max',
      submatch_case: 'upper',
    }),
    valid('combine some points', {
      include: 'requests',
      experimental_match_labels: { route: 'a' },
      action: 'combine',
      new_name: 'calls',
      aggregation_type: 'sum',
    }),
    valid('group', {
      ...all,
      include: '^(requests|latency)$',
      action: 'group',
      group_resource_labels: { kind: 'http', 'service.name': 'new' },
    }),
    valid('group some points', {
      include: 'requests',
      experimental_match_labels: { route: 'b' },
      action: 'group',
      group_resource_labels: { kind: 'b' },
    }),
    valid(
      'group everything',
      { ...all, action: 'group', group_resource_labels: { kind: 'all' } },
      { ...all, new_name: 'gone' },
    ),
    {
      name: 'all kinds of values',
      config: {
        transforms: [
          {
            ...all,
            operations: [
              { action: 'experimental_scale_value', experimental_scale: 3 },
              { action: 'toggle_scalar_data_type' },
              { action: 'update_label', label: 'any', new_label: 'new' },
            ],
          },
        ],
      },
      signals,
    },
    {
      name: 'all kinds of values, aggregated',
      config: {
        transforms: [
          { ...all, operations: [{ action: 'aggregate_labels', label_set: ['bool'], aggregation_type: 'median' }] },
        ],
      },
      signals,
    },
    refused('no include', { action: 'update' }),
    refused('unknown match type', { include: 'a', match_type: 'glob', action: 'update' }),
    refused('invalid pattern', { include: '(', match_type: 'regexp', action: 'update' }),
    refused('invalid pattern of a label', {
      include: 'a',
      match_type: 'regexp',
      action: 'update',
      experimental_match_labels: { a: '(' },
    }),
    refused('no action', { include: 'a' }),
    refused('unknown action', { include: 'a', action: 'delete' }),
    refused('insert without a name', { include: 'a', action: 'insert' }),
    refused('combine without a name', { include: 'a', action: 'combine', aggregation_type: 'sum' }),
    refused('combine without an aggregation', { include: 'a', action: 'combine', new_name: 'b' }),
    refused('group without labels', { include: 'a', action: 'group' }),
    refused('unknown aggregation', { include: 'a', action: 'combine', new_name: 'b', aggregation_type: 'first' }),
    refused('unknown case', { include: 'a', action: 'update', submatch_case: 'title' }),
    refused('unknown operation', { ...all, operations: [{ action: 'rename' }] }),
    refused('label to update is missing', { ...all, operations: [{ action: 'update_label', new_label: 'a' }] }),
    refused('label to add is missing', { ...all, operations: [{ action: 'add_label', new_value: 'a' }] }),
    refused('value to add is missing', { ...all, operations: [{ action: 'add_label', new_label: 'a' }] }),
    refused('scale is missing', { ...all, operations: [{ action: 'experimental_scale_value' }] }),
    refused('unknown aggregation of an operation', {
      ...all,
      operations: [{ action: 'aggregate_labels', aggregation_type: 'p99' }],
    }),
    refused('unknown option', { ...all, name: 'x' }),
  ],
};
