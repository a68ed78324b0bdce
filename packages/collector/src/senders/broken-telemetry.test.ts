import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { type ReadableSpan, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { record } from './sdk-program.testing.ts';
import { useSenderBench } from './sender-bench.testing.ts';

const bench = useSenderBench();
const { program, reportOf, expectFinding } = bench;

test('two readers with different temporality', async (t) => {
  const resource = resourceFromAttributes({ 'service.name': 'two-readers', 'service.instance.id': '1' });
  const readers = [AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE].map(
    (temporalityPreference) =>
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${bench.url}/v1/metrics`, temporalityPreference }),
      }),
  );
  const meters = new MeterProvider({ resource, readers });
  t.after(() => meters.shutdown());
  meters.getMeter('app').createCounter('orders').add(1);
  await meters.forceFlush();
  await expectFinding(
    'two-readers',
    'metric-conflicts',
    /orders \(sum, cumulative; sum, delta\)/,
    /temporality/,
    /TEMPORALITY_PREFERENCE/,
  );
});

test('two instruments of one name make several points of a series', async () => {
  const { meters, flush } = program('duplicate-series');
  // The SDK logs the conflict and exports both.
  for (const valueType of [ValueType.INT, ValueType.DOUBLE])
    meters.getMeter('app').createCounter('orders', { valueType }).add(1, { kind: 'a' });
  await flush();
  await expectFinding(
    'duplicate-series',
    'duplicate-series',
    /several points for the same series of orders/,
    /each instrument once/,
  );
});

test('an exporter that makes all metrics delta', async (t) => {
  const resource = resourceFromAttributes({
    'service.name': 'delta',
    'service.instance.id': '1',
    'telemetry.sdk.language': 'nodejs',
  });
  const exporter = new OTLPMetricExporter({ url: `${bench.url}/v1/metrics` });
  exporter.selectAggregationTemporality = () => AggregationTemporality.DELTA;
  const meters = new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter })] });
  t.after(() => meters.shutdown());
  meters.getMeter('app').createUpDownCounter('open').add(1);
  meters.getMeter('app').createCounter('orders').add(1);
  await meters.forceFlush();
  await expectFinding(
    'delta',
    'temporality',
    /^open is an up-down counter with delta temporality$/,
    /cumulative/,
    /TEMPORALITY_PREFERENCE=cumulative/,
  );
});

test('a processor that changes the times of spans', async () => {
  const exported = new SimpleSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${bench.url}/v1/traces` }) });
  const changing: SpanProcessor = {
    onStart() {},
    onEnd: (span) =>
      exported.onEnd(Object.create(span, { endTime: { value: [span.startTime[0] - 5, 0] } }) as ReadableSpan),
    forceFlush: () => exported.forceFlush(),
    shutdown: () => exported.shutdown(),
  };
  const wrong = program('wrong-times', { processors: [changing] });
  record(wrong, 2);
  await wrong.flush();
  await expectFinding('wrong-times', 'invalid-times', /2 inspected items have no time, or an end before/, /same clock/);
});

test('nothing tells the instances of a service apart', async () => {
  const anonymous = program('anonymous', { attributes: { 'service.instance.id': '' } });
  record(anonymous, 2);
  await anonymous.flush();
  await expectFinding('anonymous', 'instance', /neither service\.instance\.id nor/, /service\.instance\.id/, /./);
});

interface Recorded {
  readonly service: string;
  readonly userAgent: string;
  readonly contentType: string;
  readonly version: string;
  readonly body: string;
}

/** Requests of SDKs from before June 2024 (`test/interop/senders/record.ts`). */
const OLD_SDKS = JSON.parse(
  readFileSync(new URL('old-sdks.testing.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

for (const { service, userAgent, contentType, version, body } of OLD_SDKS)
  test(`an outdated SDK, from a request that it has sent: ${service} ${version}`, async () => {
    const headers = { 'user-agent': userAgent, 'content-type': contentType };
    const sent = await fetch(`${bench.url}/v1/traces`, { method: 'POST', headers, body: Buffer.from(body, 'base64') });
    assert.equal(sent.status, 200);
    const { findings, sdkVersion } = await reportOf(service);
    assert.equal(sdkVersion, version);
    const found = findings.find(({ check }) => check === 'sdk-version');
    assert.match(
      found?.message ?? '',
      new RegExp(`version ${version.replaceAll('.', '\\.')} of the \\w+ SDK, which is older`),
    );
    assert.match(found?.remedy ?? '', /Upgrade/);
    assert.ok(found?.code);
  });
