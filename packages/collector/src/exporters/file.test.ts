import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { type Batch, requestFromJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { keyValues } from '@otelier/testkit/otlp-json';
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

/** Returns a batch of log records, one of each resource. */
function logsOf(resources: readonly Record<string, string | number>[]): Batch {
  const resourceLogs = resources.map((attributes, index) => ({
    resource: { attributes: keyValues(attributes) },
    scopeLogs: [{ logRecords: [{ body: { stringValue: `record ${index}` } }] }],
  }));
  const request = requestFromJson('logs', Buffer.from(JSON.stringify({ resourceLogs })));
  assert.ok(request.ok);
  return {
    ...sampleBatch('logs'),
    parts: [request.bytes],
    itemCount: resources.length,
    sizeBytes: request.bytes.length,
  };
}

async function bodiesIn(path: string): Promise<readonly string[]> {
  return [...(await readFile(path, 'utf8')).matchAll(/record \d+/g)].map(([body]) => body);
}

test('writes a file for each value of a resource attribute, and rejects items without it', async (t) => {
  const { directory, remove } = await temporary();
  t.after(remove);
  const group_by = { enabled: true, resource_attribute: 'service.name' };
  const config = {
    path: join(directory, 'deeper', '*.jsonl'),
    group_by,
    directory_permissions: '0700',
    create_directory: true,
  };
  const bench = await createComponentBench(file, { config });
  t.after(() => bench.close());
  await bench.start();
  const names = ['cart', 'shop', 'cart', '../../eu/cart'].map((name) => ({ 'service.name': name }));
  const outcome = await bench.send(logsOf([...names, {}, { 'service.name': 7 }]));
  assert.deepEqual(outcome, {
    kind: 'partial',
    rejectedItems: 2,
    reason: 'the resource has no text in "service.name"',
  });
  assert.deepEqual(await bench.send(logsOf([{}])), {
    kind: 'refused',
    reason: 'the resource has no text in "service.name"',
  });
  await bench.close();
  assert.deepEqual((await readdir(directory, { recursive: true })).sort(), [
    'deeper',
    'deeper/cart.jsonl',
    'deeper/eu',
    'deeper/eu/cart.jsonl',
    'deeper/shop.jsonl',
  ]);
  assert.deepEqual(await bodiesIn(join(directory, 'deeper', 'cart.jsonl')), ['record 0', 'record 2']);
  assert.deepEqual(await bodiesIn(join(directory, 'deeper', 'eu', 'cart.jsonl')), ['record 3']);
  assert.equal((await stat(join(directory, 'deeper', 'eu'))).mode & 0o777, 0o700);
});

test('keeps at most max_open_files open, and loses nothing when it opens one again', async (t) => {
  const { directory, remove } = await temporary();
  t.after(remove);
  const group_by = { enabled: true, max_open_files: 2 };
  const bench = await createComponentBench(file, { config: { path: join(directory, '*.jsonl'), group_by } });
  t.after(() => bench.close());
  await bench.start();
  const segment = (name: string) => ({ 'fileexporter.path_segment': name });
  for (let round = 0; round < 3; round++) {
    const sent = ['a', 'b', 'c', 'd'].map((name) => bench.send(logsOf([segment(name), segment('shared')])));
    assert.ok((await Promise.all(sent)).every(({ kind }) => kind === 'accepted'));
    // A file that is not written to is closed in the background.
    if (process.platform === 'linux') while ((await openFilesIn(directory)) > 2) await setImmediate();
  }
  await bench.close();
  for (const name of 'abcd') assert.equal((await bodiesIn(join(directory, `${name}.jsonl`))).length, 3);
  assert.equal((await bodiesIn(join(directory, 'shared.jsonl'))).length, 12);
});

async function openFilesIn(directory: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const paths = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(directory)).length;
}

test('rejects only the items whose value makes no path', async (t) => {
  const { directory, remove } = await temporary();
  t.after(remove);
  const config = { path: join(directory, '*.jsonl'), group_by: { enabled: true } };
  const bench = await createComponentBench(file, { config, signals: ['logs'] });
  t.after(() => bench.close());
  await bench.start();
  const values = ['ok', 'x'.repeat(300), 'nul\0byte', 'ok.jsonl/below'];
  const outcome = await bench.send(logsOf(values.map((value) => ({ 'fileexporter.path_segment': value }))));
  assert.ok(outcome.kind === 'partial' && outcome.rejectedItems === 3, JSON.stringify(outcome));
  assert.match(outcome.reason, /^cannot write .* for "x{100}…": .*ENAMETOOLONG/);
  assert.equal(bench.error(), undefined);
  await bench.close();
  assert.deepEqual(await bodiesIn(join(directory, 'ok.jsonl')), ['record 0']);
});

test('rejects a path that has no place for the value', async () => {
  for (const path of ['out.jsonl', '*.jsonl', 'a/*/*.jsonl']) {
    await assert.rejects(
      createComponentBench(file, { config: { path, group_by: { enabled: true } } }),
      /exporters\.tested\.path: expected exactly one `\*`, not at the start, with `group_by`/,
    );
  }
});
