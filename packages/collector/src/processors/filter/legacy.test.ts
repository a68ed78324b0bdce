import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { filter } from '../filter.ts';
import { attribute, filtered, resource, span, traces } from './filtered.testing.ts';

test('keeps spans to include and drops those to exclude', async () => {
  const json = traces(span('a', { kind: 2 }), span('b'), span('c', { kind: 2 }));
  const spans = {
    include: { match_type: 'strict', services: ['shop'], span_kinds: ['SPAN_KIND_SERVER'] },
    exclude: { match_type: 'regexp', span_names: ['^c'] },
  };
  assert.deepEqual((await filtered('traces', { spans }, json)).names, ['a']);
});

const metrics = {
  resourceMetrics: [
    {
      resource,
      scopeMetrics: [
        {
          metrics: ['cpu.time', 'disk.io', 'net'].map((name, index) => ({
            name,
            gauge: { dataPoints: [{ asInt: '1', attributes: [attribute('core', { stringValue: String(index) })] }] },
          })),
        },
      ],
    },
  ],
};

test('keeps and drops metrics by name, resource and expression', async () => {
  const names = async (config: object) => (await filtered('metrics', { metrics: config }, metrics)).names;
  assert.deepEqual(await names({ include: { match_type: 'regexp', metric_names: ['^(cpu|disk)'] } }), [
    'cpu.time',
    'disk.io',
  ]);
  assert.deepEqual(await names({ exclude: { match_type: 'strict', metric_names: ['net'] } }), ['cpu.time', 'disk.io']);
  const resources = (value: string) => [{ key: 'service.name', value }];
  assert.deepEqual(await names({ include: { match_type: 'strict', resource_attributes: resources('other') } }), []);
  assert.deepEqual(await names({ exclude: { match_type: 'regexp', resource_attributes: resources('^o') } }), [
    'cpu.time',
    'disk.io',
    'net',
  ]);
  const expressions = [
    'MetricName == "net" && Label("core") == "2"',
    'Label("core") matches "^0$" and not HasLabel("x")',
  ];
  assert.deepEqual(await names({ exclude: { match_type: 'expr', expressions } }), ['disk.io']);
  assert.deepEqual(
    await names({
      include: { match_type: 'expr', expressions: ['MetricName in ["net", "x"] || MetricName startsWith "disk"'] },
    }),
    ['disk.io', 'net'],
  );
});

const logs = {
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        {
          logRecords: [
            {
              severityNumber: 9,
              severityText: 'INFO',
              body: { stringValue: 'one' },
              attributes: [attribute('a', { stringValue: 'x' })],
            },
            { severityNumber: 17, severityText: 'ERROR', body: { stringValue: 'two' } },
            { body: { stringValue: 'three' } },
          ],
        },
      ],
    },
  ],
};

test('keeps and drops log records by their properties', async () => {
  const bodies = async (config: object) =>
    [...(await filtered('logs', { logs: config }, logs)).output.matchAll(/"body":\{"stringValue":"(\w+)"/g)].map(
      ([, body]) => body,
    );
  assert.deepEqual(await bodies({ include: { severity_number: { min: 'warn' } } }), ['two']);
  assert.deepEqual(await bodies({ include: { severity_number: { min: '9', match_undefined: true } } }), [
    'one',
    'two',
    'three',
  ]);
  assert.deepEqual(await bodies({ exclude: { match_type: 'strict', record_attributes: [{ key: 'a', value: 'x' }] } }), [
    'two',
    'three',
  ]);
  assert.deepEqual(await bodies({ include: { match_type: 'regexp', bodies: ['^t'], severity_texts: ['^E'] } }), [
    'two',
  ]);
});

for (const [config, message] of [
  [
    { metrics: { exclude: { match_type: 'expr', expressions: ['Metric == 1'] } } },
    /expected an expression with MetricName/,
  ],
  [{ metrics: { exclude: { match_type: 'regexp', metric_names: ['['] } } }, /expected a regular expression, got "\["/],
  [{ logs: { include: { severity_number: { min: 'loud' } } } }, /expected a severity such as "INFO"/],
] as const)
  test(`rejects ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(filter, { config }), message);
  });
