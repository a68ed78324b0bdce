import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit';
import { filter } from '../filter.ts';

const attribute = (key: string, value: object) => ({ key, value });
const resource = { attributes: [attribute('service.name', { stringValue: 'shop' })] };

function traces(...spans: object[]) {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'lib' }, spans }] }] };
}

function span(name: string, more: object = {}) {
  return { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name, ...more };
}

/** Sends one request through a filter and returns the result. */
async function filtered(signal: Signal, config: Record<string, unknown>, json: object) {
  const bench = await createComponentBench(filter, { signals: [signal], config });
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok, JSON.stringify(request));
  await bench.start();
  const { bytes, itemCount } = request;
  const outcome = await bench.send({
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: localContext(0),
  });
  await bench.service.shutdown();
  const output = bench.received.flatMap(({ parts }) => parts.map((part) => requestToJson(signal, part))).join('\n');
  const names = [...output.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name).filter((name) => name !== 'lib');
  return {
    outcome,
    names,
    output,
    dropped: bench.dropped(),
    itemCount: bench.received.reduce((sum, batch) => sum + batch.itemCount, 0),
  };
}

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
            gauge: { dataPoints: [{ asInt: '1', attributes: [attribute('core', { intValue: String(index) })] }] },
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
  assert.deepEqual(await bodies({ include: { severity_number: { min: 9, match_undefined: true } } }), [
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
