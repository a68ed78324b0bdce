import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { load } from '../service/reload/gateway.testing.ts';
import { createService } from '../service/service.ts';

const config = (logs: object) =>
  JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
    exporters: { nop: {} },
    service: { telemetry: { logs }, pipelines: { traces: { receivers: ['otlp'], exporters: ['nop'] } } },
  });

for (const [protocol, createServer] of [
  ['grpc', createGrpcServer],
  ['http/protobuf', createHttpServer],
] as const) {
  for (const kind of ['batch', 'simple'] as const) {
    test(`sends log records over ${protocol} with a ${kind} processor, and writes lines to files`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'otelier-logs-'));
      t.after(() => rm(directory, { recursive: true }));
      const handler = createRecordingHandler();
      const server = await createServer({ endpoint: '127.0.0.1:0' }, handler);
      t.after(() => server.shutdown(0));
      const headers = [{ name: 'x-key', value: 'hunter2' }];
      const exporter = { otlp: { protocol, endpoint: `http://${server.address}`, headers } };
      const outputs = [join(directory, 'a.log'), join(directory, 'b.log')];
      const logs = { encoding: 'json', output_paths: outputs, processors: [{ [kind]: { exporter } }] };
      const service = createService({ config: await load(config(logs)) });
      await service.start();
      service.logger
        .child({ component: 'x' })
        .error({ err: new TypeError('boom'), attempt: 3, list: [1] }, 'it failed');
      await service.shutdown();
      const json = handler.requests.map(({ body }) => requestToJson('logs', body)).join('\n');
      assert.equal(handler.requests[0]?.headers['x-key'], 'hunter2');
      assert.match(json, /"service\.name","value":\{"stringValue":"otelier"/);
      assert.match(json, /"body":\{"stringValue":"service running"\}/);
      assert.match(json, /"severityText":"ERROR","body":\{"stringValue":"it failed"\}/);
      for (const text of ['"exception.type"', '"TypeError"', '"intValue":"3"', '"[1]"'])
        assert.ok(json.includes(text), text);
      const [a, b] = await Promise.all(outputs.map((path) => readFile(path, 'utf8')));
      assert.match(a ?? '', /service running/);
      assert.equal(a, b);
    });
  }
}

test('a destination that does not accept log records is logged once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-logs-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'a.log');
  const otlp = { protocol: 'grpc', endpoint: 'http://127.0.0.1:1' };
  const logs = { output_paths: [path], processors: [{ simple: { exporter: { otlp } } }] };
  const service = createService({ config: await load(config(logs)) });
  await service.start();
  for (let round = 0; round < 20; round++) {
    service.logger.info('again');
    await new Promise(setImmediate);
  }
  await service.shutdown();
  const text = await readFile(path, 'utf8');
  assert.equal(text.match(/own logs not exported/g)?.length, 1);
});

test('samples repeated lines as the Collector does', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-logs-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'a.log');
  const service = createService({ config: await load(config({ output_paths: [path], sampling: { tick: '1h' } })) });
  for (let count = 0; count < 310; count++) service.logger.child({ component: 'x' }).info({ count }, 'repeated');
  service.logger.info('another');
  await service.shutdown();
  const text = await readFile(path, 'utf8');
  assert.equal(text.match(/repeated/g)?.length, 13);
  assert.equal(text.match(/another/g)?.length, 1);
});

test('refuses a processor of two kinds and an output that cannot be opened', async () => {
  await assert.rejects(load(config({ processors: [{}] })), /processors\[0\]: expected either batch or simple/);
  const missing = await load(config({ output_paths: ['/nowhere/at/all.log'] }));
  assert.throws(() => createService({ config: missing }), /\/nowhere\/at\/all\.log/);
});
