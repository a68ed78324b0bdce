import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { attributes } from '../ottl/evaluate.testing.ts';
import { transformed } from './transform/transformed.testing.ts';
import { transform } from './transform.ts';

processorContract(transform);

interface Traces {
  resourceSpans: {
    resource: object;
    schemaUrl?: string;
    scopeSpans: { scope?: object; spans: Record<string, unknown>[] }[];
  }[];
}

const traces = {
  resourceSpans: [
    {
      resource: { attributes: attributes({ 'service.name': 'shop', count: 0n }) },
      scopeSpans: [
        {
          scope: { name: 'lib' },
          spans: [
            { name: 'GET /orders/5', kind: 2, attributes: attributes({ a: 'x', password: 'secret' }) },
            {
              name: 'b',
              events: [{ name: 'first', attributes: attributes({ n: 1n }) }, { name: 'second' }],
            },
          ],
        },
      ],
    },
  ],
};

test('runs statements on spans, and leaves the rest as it is', async () => {
  const { output } = await transformed<Traces>(
    'traces',
    {
      trace_statements: [
        'replace_pattern(span.name, "/orders/\\\\d+", "/orders/{id}")',
        'delete_key(span.attributes, "password")',
        'set(span.attributes["kind"], span.kind.string) where span.kind != SPAN_KIND_UNSPECIFIED',
      ],
    },
    traces,
  );
  const spans = output?.resourceSpans[0]?.scopeSpans[0]?.spans;
  assert.deepEqual(spans?.[0], {
    name: 'GET /orders/{id}',
    kind: 2,
    attributes: attributes({ a: 'x', kind: 'Server' }),
  });
  assert.deepEqual(spans?.[1]?.['name'], 'b');
});

test('forwards a batch unchanged if no statement changes it', async () => {
  const config = { trace_statements: ['set(span.name, "x") where span.name == "none"'] };
  assert.ok((await transformed('traces', config, traces)).isSame);
});

test('changes the resource and the scope from spans, and later spans see it', async () => {
  const { output } = await transformed<Traces>(
    'traces',
    {
      trace_statements: [
        'set(resource.attributes["count"], resource.attributes["count"] + 1)',
        'set(span.attributes["number"], resource.attributes["count"])',
        'set(scope.version, "2")',
        'set(resource.schema_url, "https://schema")',
      ],
    },
    traces,
  );
  const [group] = output?.resourceSpans ?? [];
  assert.deepEqual(group?.resource, { attributes: attributes({ 'service.name': 'shop', count: 2n }) });
  assert.equal(group?.schemaUrl, 'https://schema');
  assert.deepEqual(group?.scopeSpans[0]?.scope, { name: 'lib', version: '2' });
  assert.deepEqual(
    group?.scopeSpans[0]?.spans.map((span) => (span['attributes'] as object[]).at(-1)),
    attributes({ number: 1n }).concat(attributes({ number: 2n })),
  );
});

test('adds a resource and scope where there are none', async () => {
  const json = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }] };
  const config = { trace_statements: ['set(resource.attributes["a"], span.name)', 'set(scope.name, "s")'] };
  const { output } = await transformed<Traces>('traces', config, json);
  assert.deepEqual(output?.resourceSpans[0]?.resource, { attributes: attributes({ a: 'a' }) });
  assert.deepEqual(output?.resourceSpans[0]?.scopeSpans[0]?.scope, { name: 's' });
});

test('runs groups in their contexts, under their conditions, one after the other', async () => {
  const { output } = await transformed<Traces>(
    'traces',
    {
      trace_statements: [
        { context: 'resource', statements: ['set(attributes["env"], "prod")'] },
        { conditions: ['span.name == "b"'], statements: ['set(span.attributes["env"], resource.attributes["env"])'] },
        {
          context: 'spanevent',
          statements: ['set(attributes["i"], event_index)', 'set(span.name, "c") where name == "second"'],
        },
      ],
    },
    traces,
  );
  const spans = output?.resourceSpans[0]?.scopeSpans[0]?.spans;
  assert.deepEqual(spans?.[1], {
    name: 'c',
    attributes: attributes({ env: 'prod' }),
    events: [
      { name: 'first', attributes: attributes({ n: 1n, i: 0n }) },
      { name: 'second', attributes: attributes({ i: 1n }) },
    ],
  });
  assert.deepEqual(spans?.[0]?.['name'], 'GET /orders/5');
});

test('continues after a failing statement, or refuses the batch', async () => {
  const statements = ['set(span.name, 5)', 'set(span.name, "next")'];
  const ignored = await transformed<Traces>('traces', { trace_statements: statements }, traces);
  assert.equal(ignored.output?.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.['name'], 'next');
  const refused = await transformed('traces', { error_mode: 'propagate', trace_statements: statements }, traces);
  assert.equal(refused.outcome.kind, 'refused');
  assert.match(JSON.stringify(refused.outcome), /statement failed: expected string, got int64/);
});

interface Metrics {
  resourceMetrics: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[];
}

const histogram = {
  aggregationTemporality: 1,
  dataPoints: [
    {
      timeUnixNano: '5',
      count: '17',
      sum: 2.5,
      bucketCounts: ['5', '8', '3', '1'],
      explicitBounds: [0.1, 0.5, 1],
      attributes: attributes({ a: 'x' }),
    },
  ],
};

function metrics(...list: object[]) {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: list }] }] };
}

async function transformedMetrics(statements: (string | { statements: string[] })[], ...list: object[]) {
  const result = await transformed<Metrics>('metrics', { metric_statements: statements }, metrics(...list));
  return { ...result, metrics: result.output?.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [] };
}

const gauge = (...dataPoints: object[]) => ({ name: 'g', unit: 's', gauge: { dataPoints } });

test('changes data points and their metric', async () => {
  const { metrics: list } = await transformedMetrics(
    [
      'set(datapoint.value_double, datapoint.value_int * 2.5)',
      'set(metric.name, "renamed")',
      'set(datapoint.flags, FLAG_NO_RECORDED_VALUE)',
    ],
    gauge({ timeUnixNano: '5', asInt: '2' }),
  );
  assert.deepEqual(list, [
    { name: 'renamed', unit: 's', gauge: { dataPoints: [{ timeUnixNano: '5', asDouble: 5, flags: 1 }] } },
  ]);
});

test('converts between gauges and sums', async () => {
  const point = { timeUnixNano: '5', asInt: '2' };
  const toSum = await transformedMetrics(
    ['convert_gauge_to_sum("delta", true) where metric.name == "g"'],
    gauge(point),
  );
  const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point] };
  assert.deepEqual(toSum.metrics, [{ name: 'g', unit: 's', sum }]);
  const toGauge = await transformedMetrics(
    [
      'convert_sum_to_gauge() where metric.type == METRIC_DATA_TYPE_SUM',
      'set(metric.description, "d") where metric.type == METRIC_DATA_TYPE_GAUGE',
    ],
    { name: 'g', sum },
  );
  assert.deepEqual(toGauge.metrics, [{ name: 'g', description: 'd', gauge: { dataPoints: [point] } }]);
});

test('extracts the count and sum of a histogram, and counts the new points', async () => {
  const { metrics: list, itemCount } = await transformedMetrics(
    [
      'extract_count_metric(true) where metric.name == "h"',
      'extract_sum_metric(false, ".sum") where metric.name == "h"',
      'set(metric.unit, "x") where metric.name == "h.sum"',
    ],
    { name: 'h', histogram },
  );
  assert.equal(itemCount, 3);
  const point = { timeUnixNano: '5', attributes: attributes({ a: 'x' }) };
  assert.deepEqual(list.slice(1), [
    {
      name: 'h_count',
      unit: '1',
      sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...point, asInt: '17' }] },
    },
    { name: 'h.sum', unit: 'x', sum: { aggregationTemporality: 1, dataPoints: [{ ...point, asDouble: 2.5 }] } },
  ]);
});

test('copies, scales and merges buckets', async () => {
  const { metrics: list } = await transformedMetrics(
    [
      { statements: ['copy_metric(name = "copy", unit = "ms") where metric.name == "h"'] },
      { statements: ['merge_histogram_buckets(0.5) where metric.name == "h"'] },
      { statements: ['scale_metric(10.0, "x") where metric.name == "copy"'] },
    ],
    { name: 'h', histogram },
  );
  const [point] = histogram.dataPoints;
  assert.deepEqual(list, [
    {
      name: 'h',
      histogram: { ...histogram, dataPoints: [{ ...point, bucketCounts: ['5', '11', '1'], explicitBounds: [0.1, 1] }] },
    },
    {
      name: 'copy',
      unit: 'x',
      histogram: { ...histogram, dataPoints: [{ ...point, sum: 25, explicitBounds: [1, 5, 10] }] },
    },
  ]);
});

test('scales the exemplars of a histogram', async () => {
  const scaled = async (point: object) => {
    const { metrics: list } = await transformedMetrics(['scale_metric(2.5) where metric.name == "h"'], {
      name: 'h',
      histogram: { dataPoints: [point] },
    });
    return list[0]?.['histogram'];
  };
  const exemplars = [
    { timeUnixNano: '1', asDouble: 2 },
    { timeUnixNano: '2', asInt: '3' },
  ];
  assert.deepEqual(await scaled({ exemplars }), {
    dataPoints: [
      {
        exemplars: [
          { timeUnixNano: '1', asDouble: 5 },
          { timeUnixNano: '2', asInt: '7' },
        ],
      },
    ],
  });
});

test('limits the number of buckets', async () => {
  const explicitBounds = [0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30];
  const bucketCounts = ['80', '4', '6', '120', '3', '2', '40', '10', '1'];
  const { metrics: list } = await transformedMetrics(
    ['merge_histogram_buckets(5, method="limit_buckets") where metric.name == "h"'],
    { name: 'h', histogram: { dataPoints: [{ explicitBounds, bucketCounts }] } },
  );
  assert.deepEqual(list[0]?.['histogram'], {
    dataPoints: [{ bucketCounts: ['84', '126', '5', '50', '1'], explicitBounds: [0.2, 1, 5, 30] }],
  });
});

test('aggregates data points', async () => {
  const point = (a: string, b: string, asInt: string) => ({
    timeUnixNano: '5',
    asInt,
    attributes: attributes({ a, b }),
  });
  const points = [point('x', '1', '2'), point('x', '2', '5'), point('y', '1', '1')];
  const aggregated = async (statement: string) => {
    const { metrics: list } = await transformedMetrics([`${statement} where metric.name == "g"`], gauge(...points));
    const [metric = {}] = list;
    const { dataPoints } = metric['gauge'] as { dataPoints: { asInt: string }[] };
    return dataPoints.map(({ asInt }) => asInt);
  };
  assert.deepEqual(await aggregated('aggregate_on_attributes("sum", ["a"])'), ['7', '1']);
  assert.deepEqual(await aggregated('aggregate_on_attributes("max", [])'), ['5']);
  assert.deepEqual(await aggregated('aggregate_on_attributes("mean", ["b"])'), ['1', '5']);
  assert.deepEqual(await aggregated('aggregate_on_attribute_value("sum", "b", ["1", "2"], "z")'), ['7', '1']);
});

test('aggregates deltas only with the same start', async () => {
  const points = [1, 1, 2].map((start) => ({ startTimeUnixNano: `${start}`, timeUnixNano: '5', asInt: '1' }));
  const { metrics: list } = await transformedMetrics(['aggregate_on_attributes("sum", []) where metric.name == "d"'], {
    name: 'd',
    sum: { aggregationTemporality: 1, dataPoints: points },
  });
  const sum = list[0]?.['sum'] as { dataPoints: { asInt: string }[] } | undefined;
  assert.deepEqual(
    sum?.dataPoints.map(({ asInt }) => asInt),
    ['2', '1'],
  );
});

test('splits the quantiles of a summary', async () => {
  const summary = {
    dataPoints: [{ timeUnixNano: '5', count: '3', sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] }],
  };
  const { metrics: list } = await transformedMetrics(
    [
      { statements: ['convert_summary_quantile_val_to_gauge() where metric.name == "s"'] },
      {
        statements: [
          'convert_summary_sum_val_to_sum("delta", true) where metric.name == "s"',
          'set(datapoint.attributes["new"], true) where metric.name == "s_sum"',
        ],
      },
    ],
    { name: 's', summary },
  );
  assert.deepEqual(list.slice(1), [
    {
      name: 's.quantiles',
      gauge: { dataPoints: [{ timeUnixNano: '5', asDouble: 2, attributes: attributes({ quantile: 0.5 }) }] },
    },
    {
      name: 's_sum',
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: [{ timeUnixNano: '5', asDouble: 6, attributes: attributes({ new: true }) }],
      },
    },
  ]);
});

for (const [config, message] of [
  [
    { trace_statements: ['set(name, "x")'] },
    /expected paths that begin with a context \(spanevent, span, scope, resource\)/,
  ],
  [
    { trace_statements: [{ context: 'span', statements: ['set(name, "x"'] }] },
    /trace_statements\[0\].*expected ",", got the end/,
  ],
  [{ log_statements: ['set(log.bodi, "x")'] }, /unknown path "bodi"; did you mean "body"/],
  [
    { metric_statements: ['convert_sum_to_gauge() where datapoint.flags == 0'] },
    /context datapoint, got convert_sum_to_gauge/,
  ],
  [
    { trace_statements: ['set(span.name, "x")', { statements: ['set(span.name, "x")'] }] },
    /expected a list of statements, or a list of groups/,
  ],
] as const) {
  test(`rejects ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(transform, { config }), message);
  });
}
