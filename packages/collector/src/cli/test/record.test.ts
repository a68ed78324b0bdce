import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { otelier, withTempDirectory } from '../otelier.testing.ts';
import { TestRecorder } from './record.ts';
import { recordTarget } from './record-target.ts';
import { CONFIG } from './test-files.testing.ts';

test('a recording is a test of the pipeline with its output, which passes until the pipeline changes', () =>
  withTempDirectory(async (directory) => {
    const config = join(directory, 'otelier.yaml');
    await writeFile(config, CONFIG);
    const options = {
      config: [config],
      environment: {},
      maxItems: 5,
      edge: 'receiver:otlp>processor:logs/transform@logs',
    };
    const file = join(directory, 'live.test.yaml');
    const recorder = new TestRecorder({ ...options, file });
    const [request] = sampleBatch('logs', 3).parts;
    assert.ok(request);
    assert.equal(recorder.add('logs', request), true);
    assert.equal(recorder.add('logs', request), false);
    assert.equal(recorder.addJson('logs', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}'), false);
    const recording = await recorder.close();
    assert.deepEqual([recording.items, recording.reason], [5, undefined]);
    assert.deepEqual(
      recording.files.map((path) => path.slice(directory.length + 1)),
      ['live.test.yaml', 'live.jsonl', 'live.expected-1.jsonl', 'live.expected-2.jsonl'],
    );
    const passed = await otelier(['test', 'live.test.yaml'], { cwd: directory });
    assert.equal(passed.code, 0, passed.stdout);
    await writeFile(config, CONFIG.replace('where log.severity_text == "ERROR"', ''));
    const failed = await otelier(['test', 'live.test.yaml'], { cwd: directory });
    assert.match(failed.stdout, /attributes: expected nothing, got \{seen: true\}/);
    assert.match(await readFile(file, 'utf8'), /^# 5 log records recorded by otelier tap\./);
  }));

test('without a configuration that loads, a recording counts its items; without items, it writes nothing', () =>
  withTempDirectory(async (directory) => {
    const file = join(directory, 'live.test.yaml');
    const options = { file, environment: {}, maxItems: 5, edge: 'processors/batch' };
    const empty = new TestRecorder({ ...options, config: [] });
    assert.deepEqual(await empty.close(), { items: 0, files: [], reason: undefined });
    const recorder = new TestRecorder({ ...options, config: [join(directory, 'none.yaml')] });
    const [profiles] = sampleBatch('profiles', 2).parts;
    assert.ok(profiles);
    recorder.add('profiles', profiles);
    const { reason } = await recorder.close();
    assert.match(reason ?? '', /^expected a readable file/);
    const text = await readFile(file, 'utf8');
    assert.match(text, /components: \["batch"\]\n[\s\S]*- file: "live\.jsonl"\n {4}expect:\n {6}- count: 2\n/);
  }));

test('recorded telemetry enters what it entered where it was recorded', () => {
  const position = { source: '', line: 0, column: 0 };
  const named = (ids: string[]) => ids.map((id) => ({ id, position }));
  const pipeline = {
    ...{ id: 'traces/in', signal: 'traces' as const, position, receivers: named(['otlp']) },
    ...{ processors: named(['filter', 'batch/a', 'span']), exporters: named(['nop']) },
  };
  for (const [at, expected] of [
    ['receiver:otlp>processor:traces/in/filter@traces/in', { pipeline: 'traces/in' }],
    ['processor:traces/in/filter>processor:traces/in/batch/a@traces/in', { components: ['batch/a', 'span'] }],
    ['processor:traces/in/span>exporter:traces:nop@traces/in', { pipeline: 'traces/in' }],
    ['processors/batch/a', { components: ['batch/a', 'span'] }],
    ['processors/other', { components: ['other'] }],
    ['receivers/otlp', { pipeline: 'traces/in' }],
  ] as const)
    assert.deepEqual(recordTarget(at, [pipeline]), expected, at);
});
