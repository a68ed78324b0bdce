import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDataPoint, forEachLogRecord, forEachSpan } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { datadog } from '../../../packages/collector/src/receivers/datadog.ts';
import { portOf } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import { LOGS, POINTS, TRACES } from './programs.ts';
import { compareSpans, receivedLogs, receivedPoints, receivedSpans } from './received.ts';
import { type RecordedProgram, readRecords } from './records.ts';

async function replay(t: Parameters<NonNullable<Parameters<typeof test>[0]>>[0], { requests }: RecordedProgram) {
  const bench = await createComponentBench(datadog, { config: { endpoint: '127.0.0.1:0' } });
  t.after(() => bench.close());
  await bench.start();
  for (const { method, url, headers, body } of requests) {
    const response = await fetch(`http://127.0.0.1:${portOf(bench)}${url}`, {
      method,
      headers,
      body: Buffer.from(body, 'base64'),
    });
    // The tracer sends its own metrics by UDP if the agent has no proxy for DogStatsD.
    if (url === '/dogstatsd/v2/proxy') assert.equal(response.status, 404);
    else assert.ok(response.ok, `${url}: ${response.status} ${await response.text()}`);
  }
  return bench;
}

for (const program of readRecords()) {
  test(`receives what ${program.name} has sent`, async (t) => {
    const bench = await replay(t, program);
    if (program.sent.length === 0) return checkApi(bench);
    assert.equal(program.sent.length, 2 * TRACES);
    assert.deepEqual(compareSpans(program.sent, receivedSpans(bench)), []);
    checkStatistics(bench);
    let spans = 0;
    forEachSpan(bench.received[0]?.parts[0] ?? new Uint8Array(), (span) => {
      spans += 1;
      const { attributes, events, links, kind, resource, scope } = span;
      assert.equal(resource.attributes.get('telemetry.sdk.language'), 'nodejs');
      assert.match(String(resource.attributes.get('telemetry.sdk.version')), /^Datadog-\d/);
      assert.equal(resource.attributes.get('service.version'), '1.2.3');
      assert.equal(scope.name, 'Datadog');
      if (span.name === 'http.request') {
        assert.equal(kind, 2);
        assert.equal(attributes.get('dd.span.Resource'), 'GET /cart');
        assert.equal(attributes.get('http.request.method'), 'GET');
        return;
      }
      assert.equal(kind, 3);
      assert.equal(attributes.get('db.system.name'), 'postgres');
      assert.deepEqual(
        events.map(({ name }) => name),
        span.hasError ? ['cache.miss', 'exception'] : ['cache.miss'],
      );
      assert.equal(events[0]?.attributes.get('key'), 'k');
      assert.deepEqual(
        links.map(({ traceId, spanId }) => [traceId, spanId]),
        [[span.traceId, span.parentSpanId]],
      );
      if (span.hasError) assert.match(span.statusMessage, /^boom \d+$/);
    });
    assert.equal(spans, 2 * TRACES);
  });
}

/** Checks that the statistics count every span, and that their distributions have as many durations. */
function checkStatistics({ received }: Awaited<ReturnType<typeof replay>>): void {
  const counts = new Map<string, number>();
  for (const { signal, parts } of received)
    for (const part of signal === 'metrics' ? parts : [])
      forEachDataPoint(part, (point, { name }) =>
        counts.set(name, (counts.get(name) ?? 0) + Number(point.value ?? point.count)),
      );
  for (const name of ['trace.http.request', 'trace.pg.query'])
    assert.deepEqual([name, counts.get(`${name}.hits`), counts.get(name)], [name, TRACES, TRACES]);
  assert.equal(counts.get('trace.pg.query.errors'), TRACES / 10);
}

function checkApi(bench: Awaited<ReturnType<typeof replay>>): void {
  const points = receivedPoints(bench);
  assert.equal(points.length, 2 * POINTS + 1);
  assert.ok(points.includes('shop.v1 sum  49'));
  assert.ok(points.includes('shop.v2 gauge By 49'));
  assert.ok(points.includes('service_check gauge  0'));
  assert.deepEqual([...receivedLogs(bench)].sort(), Array.from({ length: LOGS }, (_, i) => `line ${i}`).sort());
  const batch = bench.received.find(({ signal }) => signal === 'logs');
  forEachLogRecord(batch?.parts[0] ?? new Uint8Array(), ({ resource, attributes, severityNumber }) => {
    assert.equal(resource.attributes.get('host.name'), 'web-1');
    assert.equal(resource.attributes.get('service.name'), 'shop');
    assert.equal(resource.attributes.get('deployment.environment.name'), 'test');
    assert.equal(attributes.get('team'), 'cart');
    assert.equal(attributes.get('datadog.log.source'), 'nginx');
    assert.equal(severityNumber, 13);
  });
}
