import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { collected } from './registry.testing.ts';
import { OTLP, startWorkers } from './service.testing.ts';

beforeEach(() => {
  collected.length = 0;
});

const SERVICES = ['a', 'b', 'c', 'd', 'e', 'f'];

function deltas(time: number): Uint8Array {
  return encodeRequest('metrics', {
    resourceMetrics: SERVICES.map((service) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'requests',
              sum: { aggregationTemporality: 1, dataPoints: [{ asInt: '1', timeUnixNano: String(time) }] },
            },
          ],
        },
      ],
    })),
  });
}

test('keeps the state of a metric stream in one thread, wherever its points are received', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {${OTLP}}
processors: {delta_to_cumulative: {}}
exporters: {collect: {}}
service: {pipelines: {metrics: {receivers: [otlp], processors: [delta_to_cumulative], exporters: [collect]}}}`,
  );
  const all = clients(8);
  let time = 0;
  for (let round = 0; round < 5; round++) {
    // Sent one at a time, because the points of a stream must be in order.
    for (const client of all) assert.equal((await client.export('metrics', [deltas(++time)])).kind, 'accepted');
  }
  await service.drain();
  const sums = new Map<string, number>();
  for (const part of collected.flatMap(({ parts }) => parts)) {
    for (const { resource, scopeMetrics } of decodeRequest('metrics', part).resourceMetrics ?? []) {
      const value = Number(scopeMetrics?.[0]?.metrics?.[0]?.sum?.dataPoints?.[0]?.asInt);
      const name = resource?.attributes?.[0]?.value?.stringValue ?? '';
      sums.set(name, Math.max(sums.get(name) ?? 0, value));
    }
  }
  assert.deepEqual(
    [...sums].sort(),
    SERVICES.map((name) => [name, 40]),
  );
});
