import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit';
import { createHttpClient } from '@otelier/transport';
import { startGateway } from '../../service/reload/gateway.testing.ts';
import { printed } from '../otelier.testing.ts';
import { recordCommand } from './record.ts';

const CONFIG = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {filter: {traces: {span: ['name == "noise"']}}}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], processors: [filter], exporters: [nop]}}}`;

test('otelier tap --record writes a test with masked telemetry and its expected output', async (t) => {
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
  const record = join(directory, 'orders.test.yaml');
  const url = `http://${gateway.address('http', 'workbench')}`;
  const { stdout } = await printed((console) =>
    recordCommand('processors/filter', { url, record, config: [configFile], limit: 4 }, console),
  );
  isDone = true;
  await sending;
  await client.shutdown();
  assert.match(stdout, /wrote .*orders\.test\.yaml/);
  assert.match(await readFile(record, 'utf8'), /recorded from processors\/filter/);
  const recorded = await readFile(join(directory, 'orders.jsonl'), 'utf8');
  assert.match(recorded, /"noise"/);
  assert.doesNotMatch(recorded, /hunter2/);
  const expected = await readFile(join(directory, 'orders.expected.jsonl'), 'utf8');
  assert.match(expected, /"order"/);
  assert.doesNotMatch(expected, /"noise"/);
});
