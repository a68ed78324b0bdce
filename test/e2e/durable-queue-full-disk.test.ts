import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDestination } from '../chaos/clock/destination.ts';
import { ITEMS, killRequest } from '../chaos/kill/requests.ts';
import { startGateway, tempDirectory } from './gateway.ts';

test('a durable queue rejects batches while its disk is full, and continues when it has drained', async (t) => {
  const directory = join(await tempDirectory(t), 'queues');
  const destination = await startDestination(t);
  const config = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
exporters:
  otlp_http:
    endpoint: ${destination.url}
    encoding: json
    retry_on_failure: { initial_interval: 50ms, max_interval: 100ms }
    sending_queue: { storage: file_storage, queue_size: 100000 }
extensions: { file_storage: { directory: ${JSON.stringify(directory)}, create_directory: true } }
service:
  extensions: [file_storage]
  pipelines: { logs: { receivers: [otlp], exporters: [otlp_http] } }
`;
  // A limit on the size of files fails like a full disk. It is above the size of the cursor, 256 blocks.
  const gateway = await startGateway(t, { config: [config], shell: 'ulimit -f 600' });
  const acknowledged: string[] = [];
  let sent = 0;
  const send = async (): Promise<number> => {
    const id = `request-${sent++}`;
    const body = Buffer.from(killRequest('logs', id, false));
    const headers = { 'content-type': 'application/x-protobuf' };
    const { status } = await fetch(`${gateway.http}/v1/logs`, { method: 'POST', headers, body });
    if (status === 200) acknowledged.push(id);
    return status;
  };
  let status = 200;
  while (status === 200) status = await send();
  assert.equal(status, 503);
  for (let index = 0; index < 10; index++) assert.equal(await send(), 503);
  const filled = acknowledged.length;
  assert.ok(filled > 20, `only ${filled} requests before the disk was full`);
  destination.isAvailable = true;
  while ((await send()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  for (let index = 0; index < 50; index++) assert.equal(await send(), 200);
  const missing = () => acknowledged.filter((id) => destination.items().get(id)?.size !== ITEMS);
  while (missing().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await gateway.stop(), 0, gateway.output());
  assert.equal(gateway.output().match(/cannot write the durable queue, rejecting batches/g)?.length, 1);
  assert.equal(gateway.output().match(/durable queue writable again/g)?.length, 1);
});
