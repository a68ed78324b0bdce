import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import type { MetricJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { startScraping, startTarget } from '../receivers/prometheus/pages.testing.ts';
import { prometheus } from './prometheus.ts';

exporterContract(prometheus, { config: { endpoint: '127.0.0.1:0' } });

const START = '1700000000000000000';
const TIME = '1700000010000000000';
const MIDDLE = '1700000005000000000';

/** A request with one metric. */
function metricBatch(metric: object, scope: Record<string, unknown> = { name: 'lib', version: '2' }) {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const resource = {
    attributes: [
      text('service.name', 'shop'),
      text('service.namespace', 'eu'),
      text('service.instance.id', 'a:1'),
      text('host.name', 'h"1'),
    ],
  };
  // The bodies of metrics differ by kind.
  return batchOf('metrics', {
    resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: [metric as MetricJson] }] }],
  });
}

function point(fields: Record<string, unknown>, attributes: Record<string, string> = {}) {
  const list = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return { startTimeUnixNano: START, timeUnixNano: TIME, attributes: list, ...fields };
}

const ALL = [
  {
    name: 'http.requests',
    description: 'Requests.\nAll.',
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        point(
          {
            asInt: '7',
            exemplars: [{ timeUnixNano: TIME, asDouble: 2, traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }],
          },
          { 'http.method': 'get' },
        ),
      ],
    },
  },
  { name: 'temperature', unit: 'Cel', gauge: { dataPoints: [point({ asDouble: -1.5 })] } },
  {
    name: 'duration',
    unit: 's',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [point({ count: '6', sum: 3.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 1e6] })],
    },
  },
  {
    name: 'size',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        point({
          count: '9',
          sum: 12,
          scale: 1,
          zeroCount: '2',
          positive: { offset: -1, bucketCounts: ['3', '0', '4'] },
        }),
      ],
    },
  },
  {
    name: 'wait',
    summary: { dataPoints: [point({ count: '4', sum: 2, quantileValues: [{ quantile: 0.5, value: 0.25 }] })] },
  },
];

async function startExporter(
  config: Record<string, unknown> = {},
): Promise<{ bench: ComponentBench; address: string }> {
  const bench = await createComponentBench(prometheus, { config: { endpoint: '127.0.0.1:0', ...config } });
  await bench.start();
  return { bench, address: bench.service.host.endpoints()[0]?.address ?? '' };
}

async function page(address: string, accept = 'text/plain'): Promise<string> {
  const response = await fetch(`http://${address}/metrics`, { headers: { accept } });
  assert.equal(response.status, 200);
  return response.text();
}

const LABELS = 'instance="a:1",job="eu/shop"';
const SCOPE = 'otel_scope_name="lib",otel_scope_version="2"';

test('serves all kinds of metrics as text', async () => {
  const { bench, address } = await startExporter({ const_labels: { zone: 'z' } });
  for (const metric of ALL) await bench.send(metricBatch(metric));
  const labels = `${LABELS},${SCOPE},zone="z"`;
  const bucket = (le: string) => `${LABELS},${SCOPE},zone="z",le="${le}"`;
  assert.equal(
    await page(address),
    `# TYPE duration_seconds histogram
duration_seconds_bucket{${bucket('0.5')}} 1
duration_seconds_bucket{${bucket('1e+06')}} 3
duration_seconds_bucket{${bucket('+Inf')}} 6
duration_seconds_sum{${labels}} 3.5
duration_seconds_count{${labels}} 6
# HELP http_requests_total Requests.\\nAll.
# TYPE http_requests_total counter
http_requests_total{http_method="get",${labels}} 7
# TYPE size histogram
size_bucket{${bucket('+Inf')}} 9
size_sum{${labels}} 12
size_count{${labels}} 9
# HELP target_info Target metadata
# TYPE target_info gauge
target_info{host_name="h\\"1",${LABELS}} 1
# TYPE temperature_celsius gauge
temperature_celsius{${labels}} -1.5
# TYPE wait summary
wait{${labels},quantile="0.5"} 0.25
wait_sum{${labels}} 2
wait_count{${labels}} 4
`,
  );
  await bench.close();
});

test('serves OpenMetrics with exemplars and timestamps to clients that ask for it', async () => {
  const { bench, address } = await startExporter({
    enable_open_metrics: true,
    send_timestamps: true,
    without_scope_info: true,
    namespace: 'my-app',
    resource_to_telemetry_conversion: { enabled: true, exclude_service_attributes: true },
  });
  for (const metric of ALL.slice(0, 2)) await bench.send(metricBatch(metric));
  const constant = `host_name="h\\"1"`;
  assert.equal(
    await page(address, 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.4'),
    `# HELP my_app_http_requests Requests.\\nAll.
# TYPE my_app_http_requests counter
my_app_http_requests_total{${constant},http_method="get",${LABELS}} 7.0 1.70000001e+09 # {trace_id="${'ab'.repeat(16)}",span_id="${'cd'.repeat(8)}"} 2.0 1.70000001e+09
# HELP my_app_target_info Target metadata
# TYPE my_app_target_info gauge
my_app_target_info{${constant},${LABELS}} 1.0
# TYPE my_app_temperature_celsius gauge
my_app_temperature_celsius{${constant},${LABELS}} -1.5 1.70000001e+09
# EOF
`,
  );
  await bench.close();
});

test('keeps names with the strategy NoTranslation, which the receiver reads back', async () => {
  const { bench, address } = await startExporter({ translation_strategy: 'NoTranslation' });
  await bench.send(metricBatch(ALL[0] ?? {}));
  assert.match(await page(address), /\n\{"http\.requests","http\.method"="get",instance=/);
  await bench.close();
});

test('the receiver reads back what is served, in every format', async () => {
  for (const [protocol, format] of [
    ['PrometheusText0.0.4', 'text/plain'],
    ['OpenMetricsText1.0.0', 'application/openmetrics-text'],
    ['PrometheusProto', 'application/vnd.google.protobuf'],
  ] as const) {
    const { bench, address } = await startExporter({ enable_open_metrics: true });
    for (const metric of ALL) await bench.send(metricBatch(metric));
    const accept = format.endsWith('protobuf') ? `${format};encoding=delimited` : format;
    const served = await fetch(`http://${address}/metrics`, { headers: { accept } });
    const body = new Uint8Array(await served.arrayBuffer());
    const target = await startTarget(body, served.headers.get('content-type') ?? '');
    const scraping = await startScraping(target, {
      scrape_protocols: [protocol],
      scrape_native_histograms: true,
      honor_labels: true,
    });
    const points = await scraping.scrape();
    const shown = points
      .slice(0, 6)
      .map(({ name, kind, value, resource, scope }) => [name, kind, String(value), resource['service.name'], scope]);
    const nativeKind = protocol === 'PrometheusProto' ? 'exponentialHistogram' : 'histogram';
    assert.deepEqual(
      shown.filter(([name]) => !['up', 'target_info'].includes(String(name))).slice(0, 5),
      [
        ['duration_seconds', 'histogram', '6', 'eu/shop', 'lib'],
        ['http_requests_total', 'sum', '7', 'eu/shop', 'lib'],
        ['size', nativeKind, '9', 'eu/shop', 'lib'],
        ['temperature_celsius', 'gauge', '-1.5', 'eu/shop', 'lib'],
        ['wait', 'summary', '4', 'eu/shop', 'lib'],
      ],
      protocol,
    );
    const size = points.find(({ name }) => name === 'size');
    if (protocol === 'PrometheusProto')
      assert.deepEqual(size?.json['positive'], { offset: -1, bucketCounts: ['3', '0', '4'] });
    assert.equal(points[0]?.resource['host_name'], 'h"1');
    await scraping.close();
    await bench.close();
  }
});

test('accumulates delta points, and drops what cannot be accumulated', async () => {
  const { bench, address } = await startExporter({ without_scope_info: true });
  const sum = (asInt: string, start: string, end: string, isMonotonic = true) =>
    metricBatch({
      name: isMonotonic ? 'jobs' : 'level',
      sum: {
        aggregationTemporality: 1,
        isMonotonic,
        dataPoints: [{ asInt, startTimeUnixNano: start, timeUnixNano: end }],
      },
    });
  await bench.send(sum('3', START, MIDDLE));
  await bench.send(sum('4', MIDDLE, TIME));
  assert.match(await page(address), /\njobs_total\{.*\} 7\n/);
  await bench.send(sum('1', START, TIME, false));
  assert.deepEqual(bench.dropped(), { not_cumulative: 1 });
  await bench.send(sum('1', START, TIME));
  assert.match(await page(address), /\njobs_total\{.*\} 1\n/);
  await bench.close();
});

test('a stale point and an expired series are no longer served', async () => {
  const { bench, address } = await startExporter({ metric_expiration: '1m' });
  const gauge = (name: string, fields: Record<string, unknown>) =>
    metricBatch({ name, gauge: { dataPoints: [point(fields)] } });
  await bench.send(gauge('a', { asInt: '1' }));
  await bench.send(gauge('b', { asInt: '1' }));
  await bench.send(gauge('a', { flags: 1 }));
  assert.doesNotMatch(await page(address), /^a/m);
  assert.match(await page(address), /^b\{/m);
  await bench.clock.advance(61_000);
  assert.equal(await page(address), '');
  await bench.close();
});

test('of two metrics with one name and different types, the first one is served', async () => {
  const { bench, address } = await startExporter();
  await bench.send(metricBatch({ name: 'x', gauge: { dataPoints: [point({ asInt: '1' })] } }));
  await bench.send(metricBatch({ name: 'x', summary: { dataPoints: [point({ count: '1', sum: 1 })] } }));
  const text = await page(address);
  assert.match(text, /^# TYPE x gauge$/m);
  assert.doesNotMatch(text, /x_count/);
  assert.ok(bench.logs.some(({ msg }) => msg === 'metric ignored: its name has another type'));
  await bench.close();
});
