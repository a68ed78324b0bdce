import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { ACCEPTED, type Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createHttpServer } from '@otelier/transport/http-server';
import { otlpExporterTests } from './otlp/suite.testing.ts';
import { otlpHttp } from './otlp_http.ts';

otlpExporterTests({
  definition: otlpHttp,
  compressions: ['none', 'gzip', 'deflate', 'zlib', 'zstd', 'brotli', 'snappy', 'x-snappy-framed', 'lz4'],
  encodingHeader: 'content-encoding',
  createServer: createHttpServer,
  configFor: (address, secure = false) => {
    if (address.startsWith('unix:')) return { endpoint: address, tls: { insecure: true } };
    return { endpoint: `${secure ? 'https' : 'http'}://${address}` };
  },
});

async function withServer(
  paths: Partial<Record<Signal, string>>,
  configFor: (url: string) => Record<string, unknown>,
  run: (bench: ComponentBench, handler: RecordingHandler) => Promise<void>,
) {
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: '127.0.0.1:0', paths }, handler);
  const config = { ...configFor(`http://${server.address}`), sending_queue: { enabled: false } };
  const bench = await createComponentBench(otlpHttp, { config, signals: ['traces', 'metrics', 'logs'] });
  await bench.start();
  await run(bench, handler);
  await bench.close();
  await server.shutdown(0);
}

test('sends OTLP/JSON with encoding json', () =>
  withServer(
    {},
    (endpoint) => ({ endpoint, encoding: 'json', compression: 'none' }),
    async (bench, handler) => {
      assert.deepEqual(await bench.send(sampleBatch('logs', 2)), ACCEPTED);
      const [request] = handler.requests;
      assert.equal(request?.encoding, 'json');
      const json = JSON.parse(Buffer.from(request.body).toString());
      assert.equal(json.resourceLogs[0].scopeLogs[0].logRecords.length, 2);
    },
  ));

test('appends the path of the signal to the endpoint, and uses the URL of a signal as is', () =>
  withServer(
    { traces: '/base/v1/traces', metrics: '/base/v1/metrics', logs: '/mine' },
    (url) => ({ endpoint: `${url}/base/`, logs_endpoint: `${url}/mine` }),
    async (bench, handler) => {
      for (const signal of ['traces', 'metrics', 'logs'] as const)
        assert.deepEqual(await bench.send(sampleBatch(signal)), ACCEPTED);
      assert.deepEqual(
        handler.requests.map(({ signal }) => signal),
        ['traces', 'metrics', 'logs'],
      );
    },
  ));

test('rejects a signal without an endpoint, and names both fields', async () => {
  const config = { traces_endpoint: 'http://127.0.0.1:1/x' };
  await createComponentBench(otlpHttp, { config, signals: ['traces'] });
  await assert.rejects(
    createComponentBench(otlpHttp, { config, signals: ['traces', 'logs'] }),
    /exporters\.tested\.endpoint: expected a URL, or logs_endpoint, got nothing/,
  );
});

test('compresses with the configured level', async () => {
  const sizes: number[] = [];
  const server = http.createServer((request, response) => {
    sizes.push(Number(request.headers['content-length']));
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  for (const level of [1, 9]) {
    const config = { endpoint, compression: 'gzip', compression_params: { level }, sending_queue: { enabled: false } };
    const bench = await createComponentBench(otlpHttp, { config, signals: ['traces'] });
    await bench.start();
    assert.deepEqual(await bench.send(sampleBatch('traces', 2000)), ACCEPTED);
    await bench.close();
  }
  await new Promise((resolve) => server.close(resolve));
  const [fast = 0, small = 0] = sizes;
  assert.ok(small < fast, `expected level 9 to be smaller than level 1, got ${small} and ${fast} bytes`);
});
