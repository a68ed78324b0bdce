import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertExactlyOnce,
  otlpClients,
  startDestination,
  startGateway,
  startSenders,
  until,
} from '../../service/reload/gateway.testing.ts';

test('a reload that changes an exporter or its storage keeps the durable queue, and delivers each batch once', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-durable-reload-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const destination = await startDestination(t);
  const config = (consumers: number, fsync: boolean) => `
receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}, http: {endpoint: 127.0.0.1:0}}}}
exporters:
  otlp_http: {endpoint: "${destination.url}", sending_queue: {storage: file_storage, num_consumers: ${consumers}, queue_size: 100000}}
extensions: {file_storage: {directory: ${JSON.stringify(directory)}, fsync: ${fsync}}}
service: {extensions: [file_storage], pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}}`;
  const gateway = await startGateway(t, config(2, true));
  const senders = startSenders(t, 4, otlpClients(gateway));
  await until('load', () => destination.counts.size > 100);
  assert.equal((await gateway.reload(config(3, true))).result, 'applied');
  let seen = destination.counts.size;
  await until('load after the change of the exporter', () => destination.counts.size > seen + 100);
  assert.equal((await gateway.reload(config(3, false))).result, 'applied');
  seen = destination.counts.size;
  await until('load after the change of the storage', () => destination.counts.size > seen + 100);
  const accepted = await senders.stop();
  await until('an empty queue', () => [...accepted].every((id) => destination.counts.has(id)));
  await gateway.service.drain();
  assertExactlyOnce(accepted, [destination]);
});
