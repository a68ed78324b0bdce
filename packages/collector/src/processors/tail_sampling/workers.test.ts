import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachItem } from '@otelier/otlp';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { collected } from '../../workers/registry.testing.ts';
import { OTLP, startWorkers } from '../../workers/service.testing.ts';

const TRACES = 40;

test('decides once about a trace whose spans arrive in several threads', async (t) => {
  collected.length = 0;
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {${OTLP}}
processors:
  tail_sampling:
    decision_wait: 60s
    policies: [{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}]
exporters: {collect: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: [collect]}}}`,
  );
  // In every other trace, only one client's span has an error.
  const outcomes = await Promise.all(
    clients(8).map((client, index) => {
      const spans = Array.from({ length: TRACES }, (_, trace) => ({
        traceId: (trace + 1).toString(16).padStart(32, '0'),
        spanId: (index + 1).toString(16).padStart(16, '0'),
        name: 'x',
        status: { code: trace % 2 === 0 && trace % 8 === index ? 2 : 0 },
      }));
      return client.export('traces', [encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })]);
    }),
  );
  assert.ok(outcomes.every(({ kind }) => kind === 'accepted'));
  const report = await service.drain();
  assert.equal(report.lostItems, 0);
  const counts = new Map<number, number>();
  for (const part of collected.flatMap(({ parts }) => parts))
    forEachItem('traces', part, ({ bytes, start }) => {
      const trace = bytes[start + 17] as number;
      counts.set(trace, (counts.get(trace) ?? 0) + 1);
    });
  const sampled = [...counts].toSorted(([a], [b]) => a - b);
  assert.deepEqual(
    sampled,
    Array.from({ length: TRACES / 2 }, (_, index) => [2 * index + 1, 8]),
  );
  const dropped = service.graph().nodes.find(({ component }) => component === 'tail_sampling')?.dropped;
  assert.deepEqual(dropped, { sampled: (TRACES / 2) * 8 });
});
