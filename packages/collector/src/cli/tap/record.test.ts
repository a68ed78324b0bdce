import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { type Lifetime, startGateway } from '../../service/reload/gateway.testing.ts';
import { otelier, printed, startOtelier } from '../otelier.testing.ts';
import { recordCommand } from './record.ts';

const CONFIG = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {filter: {traces: {span: ['name == "noise"']}}}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], processors: [filter], exporters: [nop]}}}`;

/** Starts a gateway to which spans are sent until the returned function is called. */
async function startSending(t: Lifetime) {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-record-'));
  t.after(() => rm(directory, { recursive: true }));
  const configFile = join(directory, 'otelier.yaml');
  await writeFile(configFile, CONFIG);
  const gateway = await startGateway(t, CONFIG);
  const client = createHttpClient({ endpoint: `http://${gateway.address('http')}` });
  const attributes = [{ key: 'password', value: { stringValue: 'hunter2' } }];
  const spans = ['order', 'noise'].map((name) => ({
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    name,
    attributes,
  }));
  let isDone = false;
  const sending = (async () => {
    while (!isDone) {
      await client.export('traces', [encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const end = async (): Promise<void> => {
    isDone = true;
    await sending;
    await client.shutdown();
  };
  const record = join(directory, 'orders.test.yaml');
  return { directory, configFile, record, url: `http://${gateway.address('http', 'workbench')}`, end };
}

test('otelier tap --record writes a test with masked telemetry and its expected output', async (t) => {
  const { directory, configFile, record, url, end } = await startSending(t);
  const { stdout } = await printed((console) =>
    recordCommand('processors/filter', { url, record, config: [configFile], limit: 4 }, console),
  );
  await end();
  assert.match(stdout, /wrote .*orders\.test\.yaml/);
  assert.match(await readFile(record, 'utf8'), /recorded from processors\/filter/);
  const recorded = await readFile(join(directory, 'orders.jsonl'), 'utf8');
  assert.match(recorded, /"noise"/);
  assert.doesNotMatch(recorded, /hunter2/);
  const expected = await readFile(join(directory, 'orders.expected.jsonl'), 'utf8');
  assert.match(expected, /"order"/);
  assert.doesNotMatch(expected, /"noise"/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`otelier tap --record writes what it has recorded at ${signal}`, async (t) => {
    const { directory, configFile, record, url, end } = await startSending(t);
    const options = ['--url', url, '--config', configFile, '--record', record, '--limit', '1000000'];
    const running = await startOtelier(['tap', 'processors/filter', ...options]);
    running.kill(signal);
    const { code, stdout, stderr } = await running.ended;
    await end();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /wrote .*orders\.test\.yaml\n/);
    assert.match(await readFile(join(directory, 'orders.jsonl'), 'utf8'), /^(\{.*"noise".*\}\n)+$/);
    const tested = await otelier(['test', record]);
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
    assert.match(tested.stdout, /1 test: 1 passed/);
  });
}
