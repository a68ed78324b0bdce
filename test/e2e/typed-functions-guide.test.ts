import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { batchOf } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { runOtelier, startGateway } from './gateway.ts';
import { programDirectory, typedFunctionPrograms } from './guide-programs.ts';

const root = join(import.meta.dirname, '..', '..');

test('the configuration in the guide to typed functions runs', async (t) => {
  const [program = ''] = await typedFunctionPrograms();
  const directory = await programDirectory(t, 'typed-');
  await writeFile(join(directory, 'otelier.config.ts'), program);
  const file = join(directory, 'otelier.config.ts');
  const ports = ['grpc', 'http'].map((protocol) => `receivers.otlp.protocols.${protocol}.endpoint=127.0.0.1:0`);
  const output = join(directory, 'output.jsonl');
  const set = [
    ...ports,
    `exporters.file.path=${output}`,
    'service.pipelines.traces.exporters=[file]',
    'service.pipelines.logs.exporters=[file]',
  ];
  const gateway = await startGateway(t, { file, set });
  const client = createHttpClient({ endpoint: gateway.http });
  const attributes = [{ key: 'http.route', value: { stringValue: '/healthz' } }];
  const spans = [{ name: 'unwanted', attributes }, { name: 'wanted' }];
  const logRecords = [{ body: { stringValue: 'GET /?token=secret now' } }];
  for (const [signal, json] of [
    ['traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }],
    ['logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }],
  ] as const)
    assert.equal((await client.export(signal, batchOf(signal, json).parts)).kind, 'accepted');
  await client.shutdown();
  assert.equal(await gateway.stop(), 0, gateway.output());
  const written = await readFile(output, 'utf8');
  assert.match(written, /"wanted"/);
  assert.doesNotMatch(written, /unwanted|secret/);
  assert.match(written, /GET \/\?token=\*\*\* now/);
});

test('the functions in the guide sample, route and aggregate', async (t) => {
  const guide = await readFile(join(root, 'docs', 'guide', 'typed-functions.md'), 'utf8');
  const [, module = ''] = /^`sampled\.config\.ts`:\n\n```ts\n(.*?)^```$/ms.exec(guide) ?? [];
  const directory = await programDirectory(t, 'typed-');
  const file = join(directory, 'sampled.config.ts');
  await writeFile(file, module);
  const names = ['big', 'others', 'metrics'];
  const output = (name: string) => join(directory, `${name}.jsonl`);
  const set = [
    'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
    ...names.map((name) => `exporters.file/${name}.path=${output(name)}`),
    'service.pipelines.traces/big.exporters=[file/big]',
    'service.pipelines.traces/others.exporters=[file/others]',
    'service.pipelines.metrics.exporters=[file/metrics]',
  ];
  const gateway = await startGateway(t, { file, set });
  const client = createHttpClient({ endpoint: gateway.http });
  const spans = ['failed', 'fine'].map((name, index) => ({
    traceId: `0af7651916cd43dd8448eb211c80319${index}`,
    spanId: 'b7ad6b7169203331',
    ...{ name, kind: 2, status: { code: name === 'failed' ? 2 : 0 } },
    ...{ startTimeUnixNano: '1000000000', endTimeUnixNano: '1500000000' },
    attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
  }));
  for (const tenant of ['big', 'small']) {
    const resource = { attributes: [{ key: 'tenant', value: { stringValue: tenant } }] };
    const request = batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    assert.equal((await client.export('traces', request.parts)).kind, 'accepted');
  }
  await client.shutdown();
  assert.equal(await gateway.stop(), 0, gateway.output());
  const [big, others, metrics] = await Promise.all(names.map((name) => readFile(output(name), 'utf8')));
  for (const routed of [big, others]) {
    assert.equal(routed?.match(/"failed"/g)?.length, 1);
    assert.doesNotMatch(routed ?? '', /"fine"/);
  }
  assert.match(metrics ?? '', /"requests\.count".*\/cart/);
  assert.match(metrics ?? '', /"requests\.p99"/);
});

test('the component in the guide counts names', async (t) => {
  const guide = await readFile(join(root, 'docs', 'guide', 'typed-functions.md'), 'utf8');
  const [, module = ''] = /^`count-names\.ts`:\n\n```ts\n(.*?)^```$/ms.exec(guide) ?? [];
  const [, yaml = ''] = /^```yaml\n(components:\n.*?)^```$/ms.exec(guide) ?? [];
  const directory = await programDirectory(t, 'typed-');
  await writeFile(join(directory, 'count-names.ts'), module);
  const file = join(directory, 'otelier.yaml');
  const rest = `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [count_names]}}}`;
  await writeFile(file, `${yaml.replace('./', `${directory}/`)}${rest}\n`);
  const gateway = await startGateway(t, { file });
  const client = createHttpClient({ endpoint: gateway.http });
  const spans = ['GET /', 'GET /', 'x'].map((name) => ({ name }));
  const request = batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  assert.equal((await client.export('traces', request.parts)).kind, 'accepted');
  await client.shutdown();
  assert.equal(await gateway.stop(), 0, gateway.output());
  assert.match(gateway.output(), /counted names.*"GET \/":\s*2/);
  assert.doesNotMatch(gateway.output(), /"x":/);
});

test('the YAML in the guide to typed functions uses its module', async (t) => {
  const guide = await readFile(join(root, 'docs', 'guide', 'typed-functions.md'), 'utf8');
  const [, module = ''] = /^`change-spans\.ts`:\n\n```ts\n(.*?)^```$/ms.exec(guide) ?? [];
  const [, processors = ''] = /^```yaml\n(.*?)^```$/ms.exec(guide) ?? [];
  const directory = await programDirectory(t, 'typed-');
  await writeFile(join(directory, 'change-spans.ts'), module);
  const rest = `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {nop: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [function/normalize], exporters: [nop]}}}`;
  const file = join(directory, 'otelier.yaml');
  await writeFile(file, `${processors.replace('./', `${directory}/`)}${rest}\n`);
  assert.deepEqual(await runOtelier('validate', '--config', file), { code: 0, stdout: '', stderr: '' });
});
