import { z } from '@hono/zod-openapi';
import type { RangeQuery, Store } from '@otelier/store';
import { costAttributesResponse, costResponse, rulePreview } from '../api/cost.ts';
import { ApiProblem } from '../api/problem.ts';
import { labelRule, previewRule } from '../cost/preview.ts';
import type { CostRule } from '../cost/rules.ts';
import { COST_SIGNALS, LEVELS, sendersOf } from '../cost/senders.ts';
import { choice, limit, optionalNumber, rangeOf, rangeParameters, steps, text } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';
import { axisOf } from './overview.ts';

export const cost = defineEndpoint({
  path: '/api/v1/cost',
  permission: 'telemetry:read',
  summary:
    'Returns the items and bytes that services send: spans, log records by severity, and data points by metric. Read from summaries, not from the items.',
  parameters: z.object({ ...rangeParameters, steps: steps(), limit: limit(500) }),
  response: costResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const { senders, signals } = await sendersOf(store(), range, query.steps);
    return {
      ...axisOf(range, query.steps),
      signals,
      senders: senders.slice(0, query.limit),
      senderCount: senders.length,
    };
  },
});

export const costAttributes = defineEndpoint({
  path: '/api/v1/cost/attributes',
  permission: 'telemetry:read',
  summary: 'Returns the attributes of items with their size and number of distinct values, most bytes first.',
  parameters: z.object({
    ...rangeParameters,
    signal: choice(COST_SIGNALS, 'traces', 'Signal whose attributes to list.'),
    limit: limit(200),
  }),
  response: costAttributesResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const attributes = await store().attributeVolumes({ ...range, signal: query.signal, limit: query.limit });
    return { attributes };
  },
});

const RULES = ['drop_logs', 'drop_metric', 'drop_label', 'drop_attribute', 'sample_traces'] as const;
const MAX_PERCENTAGE = 99;

const previewParameters = z.object({
  ...rangeParameters,
  rule: choice(
    RULES,
    'sample_traces',
    '`drop_logs` drops the records of a `service` and `level`, `drop_metric` a `metric`, `drop_label` merges the series of a `metric` that differ only in `key`, `drop_attribute` deletes the attribute `key` of `signal`, `sample_traces` keeps a `percentage` of all traces.',
  ),
  signal: choice(['traces', 'logs'], 'traces', 'Signal of the attribute.'),
  service: text('Service name.'),
  level: choice(LEVELS, 'debug', 'Severity level.'),
  metric: text('Metric name.'),
  key: text('Key of an attribute.'),
  percentage: optionalNumber(1, MAX_PERCENTAGE, 'Percentage of traces to keep. Defaults to 10.'),
});

export const costPreview = defineEndpoint({
  path: '/api/v1/cost/preview',
  permission: 'telemetry:read',
  summary:
    'Returns a rule that reduces telemetry as a fragment of a configuration, and what it would keep of stored items. At most some thousand items are passed to the processor of the rule.',
  parameters: previewParameters,
  response: rulePreview,
  async handle(query, { store, nowMillis, runProcessor }) {
    const range = rangeOf(query, nowMillis());
    return previewRule(store(), await ruleOf(store(), range, query), range, runProcessor);
  },
});

async function ruleOf(store: Store, range: RangeQuery, query: z.output<typeof previewParameters>): Promise<CostRule> {
  const { rule: kind, signal, service = '', level, percentage = 10 } = query;
  switch (kind) {
    case 'drop_logs':
      return { kind, service, level };
    case 'drop_metric':
      return { kind, metric: required('metric', query.metric) };
    case 'drop_label':
      return labelRule(store, range, required('metric', query.metric), required('key', query.key));
    case 'drop_attribute':
      return { kind, signal, key: required('key', query.key) };
    case 'sample_traces':
      return { kind, percentage };
  }
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw new ApiProblem('bad_request', `${name}: expected a value, got none`);
}
