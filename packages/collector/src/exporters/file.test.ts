import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { file } from './file.ts';

async function temporary(): Promise<{ readonly directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-file-exporter-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

exporterContract(file, {
  config: { path: join(tmpdir(), 'otelier-never-opened.jsonl') },
  async destination() {
    const { directory, remove } = await temporary();
    return { config: { path: join(directory, 'out.jsonl') }, close: remove };
  },
});

test('writes all signals of one path to the same file, one line each', async () => {
  const { directory, remove } = await temporary();
  const path = join(directory, 'deeper', 'out.jsonl');
  const bench = await createComponentBench(file, { config: { path } });
  await bench.start();
  for (const signal of ['traces', 'metrics', 'logs'] as const) await bench.send(sampleBatch(signal));
  const merged = sampleBatch('logs');
  await bench.send({ ...merged, parts: [...merged.parts, ...merged.parts], itemCount: 2 });
  await bench.close();
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => Object.keys(JSON.parse(line))[0]),
    ['resourceSpans', 'resourceMetrics', 'resourceLogs', 'resourceLogs', 'resourceLogs'],
  );
  await remove();
});

test('writes protobuf that decodes to the same request, with and without compression', async () => {
  for (const compression of ['none', 'zstd'] as const) {
    const { directory, remove } = await temporary();
    const path = join(directory, 'out.pb');
    const bench = await createComponentBench(file, { config: { path, format: 'proto', compression } });
    await bench.start();
    const batches = [sampleBatch('traces', 2), sampleBatch('traces', 3)];
    for (const batch of batches) await bench.send(batch);
    await bench.close();
    let rest = await readFile(path);
    for (const { parts } of batches) {
      const end = 4 + rest.readUInt32BE(0);
      const body = rest.subarray(4, end);
      const request = compression === 'zstd' ? zstdDecompressSync(body) : body;
      assert.deepEqual(decodeRequest('traces', request), decodeRequest('traces', parts[0] ?? new Uint8Array()));
      rest = rest.subarray(end);
    }
    assert.equal(rest.length, 0);
    await remove();
  }
});

test('truncates the file at each start unless append is set', async () => {
  const { directory, remove } = await temporary();
  const path = join(directory, 'out.jsonl');
  const lines: number[] = [];
  for (const append of [false, true, false]) {
    const bench = await createComponentBench(file, { config: { path, append }, signals: ['logs'] });
    await bench.start();
    await bench.send(sampleBatch('logs'));
    await bench.close();
    lines.push((await readFile(path, 'utf8')).trimEnd().split('\n').length);
  }
  assert.deepEqual(lines, [1, 2, 1]);
  await remove();
});

test('returns a retryable error and reports its status while writes fail', {
  skip: process.platform !== 'linux',
}, async () => {
  const bench = await createComponentBench(file, { config: { path: '/dev/full', append: true }, signals: ['logs'] });
  await bench.start();
  const outcome = await bench.send(sampleBatch('logs'));
  assert.equal(outcome.kind, 'retry');
  assert.match(outcome.kind === 'retry' ? outcome.reason : '', /^cannot write \/dev\/full: ENOSPC/);
  assert.match(bench.error() ?? '', /ENOSPC/);
  await bench.close();
});

test('rejects a batch that cannot be written as JSON, and writes the next one', async () => {
  const { directory, remove } = await temporary();
  const path = join(directory, 'out.jsonl');
  const bench = await createComponentBench(file, { config: { path }, signals: ['logs'] });
  await bench.start();
  const outcome = await bench.send({ ...sampleBatch('logs'), parts: [undefined as unknown as Uint8Array] });
  assert.match(outcome.kind === 'refused' ? outcome.reason : outcome.kind, /^cannot encode logs: /);
  await bench.send(sampleBatch('logs'));
  await bench.close();
  assert.equal((await readFile(path, 'utf8')).trimEnd().split('\n').length, 1);
  await remove();
});

test('fails to start if the path is a directory, and names it', async () => {
  const { directory, remove } = await temporary();
  const path = join(directory, 'directory');
  await mkdir(path);
  const bench = await createComponentBench(file, { config: { path } });
  await assert.rejects(bench.start(), {
    name: 'StartError',
    message: new RegExp(`^exporter tested: path: expected a writable file, got ${path}: EISDIR`),
  });
  await remove();
});

test('rejects append with rotation, and names the field', async () => {
  await assert.rejects(
    createComponentBench(file, { config: { path: 'x', append: true, rotation: {} } }),
    /exporters\.tested\.append: expected false with `rotation`/,
  );
});
