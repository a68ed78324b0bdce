import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributes } from '../../ottl/evaluate.testing.ts';
import { transformed } from './transformed.testing.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';

function metrics(field: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram', ...exemplars: readonly object[]) {
  const dataPoints = [{ timeUnixNano: '9', attributes: attributes({ host: 'a' }), exemplars }];
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', [field]: { dataPoints } }] }] }] };
}

const exemplar = { timeUnixNano: '1', asDouble: 2.5, filteredAttributes: attributes({ user: 'x' }) };

const CASES: [string, object][] = [
  ['set(exemplar.time_unix_nano, 7)', { timeUnixNano: '7' }],
  ['set(exemplar.time, datapoint.time)', { timeUnixNano: '9' }],
  ['set(exemplar.double_value, exemplar.double_value * 2.0)', { asDouble: 5 }],
  ['set(exemplar.int_value, 4)', { asDouble: undefined, asInt: '4' }],
  [`set(exemplar.trace_id.string, "${ID}")`, { traceId: ID }],
  ['set(exemplar.span_id, SpanID(0x0102030405060708))', { spanId: '0102030405060708' }],
  ['delete_key(exemplar.filtered_attributes, "user")', { filteredAttributes: undefined }],
  [
    'set(exemplar.filtered_attributes["host"], datapoint.attributes["host"]) where metric.name == "m"',
    { filteredAttributes: attributes({ user: 'x', host: 'a' }) },
  ],
  ['set(exemplar.int_value, 4) where exemplar.filtered_attributes["user"] == "y"', {}],
];

for (const field of ['gauge', 'sum', 'histogram', 'exponentialHistogram'] as const)
  for (const [statement, change] of CASES)
    test(`runs ${statement} on exemplars of ${field}`, async () => {
      const expected = JSON.parse(JSON.stringify({ ...exemplar, ...change }));
      const { outcome, output, itemCount } = await transformed(
        'metrics',
        { error_mode: 'propagate', metric_statements: [statement] },
        metrics(field, exemplar, exemplar),
      );
      assert.deepEqual([outcome.kind, itemCount], ['accepted', 1]);
      assert.deepEqual(output, metrics(field, expected, expected));
    });

test('accepts the exemplar context of a group, and refuses enumeration values in it', async () => {
  const config = { metric_statements: [{ context: 'exemplar', statements: ['set(int_value, 4)'] }] };
  const { output } = await transformed('metrics', config, metrics('gauge', exemplar));
  const { asDouble: _, ...rest } = exemplar;
  assert.deepEqual(output, metrics('gauge', { ...rest, asInt: '4' }));
  const refused = { metric_statements: ['set(exemplar.int_value, METRIC_DATA_TYPE_GAUGE)'] };
  await assert.rejects(transformed('metrics', refused, metrics('gauge')), /METRIC_DATA_TYPE_GAUGE/);
});
