import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { batchOf, decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { otlpJson } from './otlp_json.ts';

const SPANS = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}]}]}]}';
const LOGS = '{ "resourceLogs" : [{"scopeLogs":[{"logRecords":[{"severityText":"INFO"}]}]}]}';
const METRICS =
  '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}';

/** Returns a batch of log records with string bodies. */
function records(...bodies: readonly string[]) {
  const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }));
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] } as RequestJson['logs']);
}

connectorContract(otlpJson, { batch: () => records(SPANS) });

async function open(outputs: Record<string, readonly string[]>) {
  const bench = await createComponentBench(otlpJson, { outputs });
  await bench.start();
  return bench;
}

test('sends the telemetry in bodies to the pipelines of its signal', async () => {
  const bench = await open({ traces: ['t'], metrics: ['m'], logs: ['l'] });
  assert.deepEqual(await bench.send(records(SPANS, LOGS, METRICS, SPANS)), { kind: 'accepted' });
  const received = ['t', 'm', 'l'].map((name) => bench.receivedBy(name).map(({ itemCount }) => itemCount));
  assert.deepEqual(received, [[4], [1], [1]]);
  const [part] = bench.receivedBy('t')[0]?.parts ?? [];
  const names = decodeRequest('traces', part ?? new Uint8Array()).resourceSpans?.[0]?.scopeSpans?.[0]?.spans;
  assert.deepEqual(names, [{ name: 'a' }, { name: 'b' }]);
  await bench.close();
});

test('drops other bodies and telemetry without a pipeline, and counts both', async () => {
  const bench = await open({ traces: ['t'] });
  await bench.send(records('hello', '{"resourceSpans":[{"scopeSpans":7}]}', LOGS, SPANS));
  assert.deepEqual(bench.dropped(), { invalid: 2, unrouted: 1 });
  assert.equal(bench.logs.filter(({ msg }) => /not OTLP\/JSON/.test(String(msg))).length, 1);
  assert.equal(bench.receivedBy('t')[0]?.itemCount, 2);
  await bench.close();
});

test('asks the sender to retry if no pipeline took its part', async () => {
  const bench = await open({ traces: ['t'], logs: ['l'] });
  const full: Outcome = { kind: 'retry', afterMillis: 1, reason: 'full' };
  bench.response = () => full;
  assert.deepEqual(await bench.send(records(SPANS, LOGS)), full);
  await bench.close();
});
