import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { collected } from '../../workers/registry.testing.ts';
import { OTLP, startWorkers } from '../../workers/service.testing.ts';

test('counts identical records of all threads together', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {${OTLP}}
processors: {log_dedup: {}}
exporters: {collect: {}}
service: {pipelines: {logs: {receivers: [otlp], processors: [log_dedup], exporters: [collect]}}}`,
  );
  const request = encodeRequest('logs', {
    resourceLogs: ['a', 'b', 'c', 'd'].map((stringValue) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue } }] },
      scopeLogs: [{ logRecords: [{ severityNumber: 9 }, { severityNumber: 9 }] }],
    })),
  });
  await Promise.all(clients(8).map((client) => client.export('logs', [request])));
  await service.drain();
  const counts = collected
    .flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('logs', part).resourceLogs ?? []))
    .flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords = [] }) => logRecords))
    .map(({ attributes = [] }) => attributes.find(({ key }) => key === 'log_count')?.value?.intValue);
  assert.deepEqual(counts, ['16', '16', '16', '16']);
});
