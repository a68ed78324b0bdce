import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ACCEPTED, requestFromJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { otlpHttp } from '../../exporters/otlp_http.ts';
import { fileStorage } from '../../extensions/file_storage.ts';
import { otelier } from '../otelier.testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-journal-command-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Runs an exporter that cannot reach its destination, with its queues in a directory. */
async function withQueues(run: () => Promise<void>, signals: readonly Signal[] = []): Promise<void> {
  const bench = await createComponentBench(otlpHttp, {
    config: { endpoint: 'http://127.0.0.1:1', sending_queue: { storage: 'file_storage' } },
    signals: ['traces', 'logs'],
    extensions: { file_storage: { definition: fileStorage, config: { directory, create_directory: true } } },
  });
  await bench.start();
  for (const [index, signal] of signals.entries()) {
    assert.deepEqual(await bench.send(sampleBatch(signal, index + 1)), ACCEPTED);
  }
  await run();
  await bench.close();
}

before(() => withQueues(async () => {}, ['traces', 'logs', 'traces']));

/** Returns a checksum of each file of the queues. */
function checksums(): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    // The lock of the running process changes by itself.
    .filter((name) => !/^lock/.test(name) && statSync(join(directory, name)).isFile())
    .sort();
  const sum = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
  return Object.fromEntries(names.map((name) => [name, sum(name)]));
}

test('journal inspect prints files, versions and waiting batches, and changes nothing', async () => {
  const unchanged = checksums();
  const { code, stdout, stderr } = await otelier(['journal', 'inspect', directory]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^exporter_tested_logs: 1 batches waiting with 2 items, \d+B, oldest of \d{4}-\S+Z\n {2}1 records in files\n {2}0+\.journal: \d+B, format 2\n {2}cursor: 128KiB, format 1\nexporter_tested_traces: 2 batches waiting with 4 items/,
  );
  const json = await otelier(['journal', 'inspect', join(directory, 'exporter_tested_traces'), '--json']);
  const [report] = JSON.parse(json.stdout);
  assert.deepEqual([report.queue, report.isInUse, report.records], ['exporter_tested_traces', false, 2]);
  assert.deepEqual([report.waiting.batches, report.waiting.items, report.damage], [2, 4, []]);
  assert.deepEqual(checksums(), unchanged);
});

test('journal inspect and export read queues that a process has open', () =>
  withQueues(async () => {
    const unchanged = checksums();
    const { stdout } = await otelier(['journal', 'inspect', directory]);
    assert.equal(stdout.match(/, in use$/gm)?.length, 2, stdout);
    const { stdout: lines } = await otelier(['journal', 'export', directory, '--signal', 'traces']);
    assert.equal(lines.trim().split('\n').length, 2);
    assert.deepEqual(checksums(), unchanged);
  }));

test('journal export writes OTLP/JSON lines that can be read back', async () => {
  const { code, stdout } = await otelier(['journal', 'export', directory, '--signal', 'traces']);
  assert.equal(code, 0);
  const requests = stdout
    .trim()
    .split('\n')
    .map((line) => requestFromJson('traces', line));
  assert.deepEqual(
    requests.map((request) => request.ok && request.itemCount),
    [1, 3],
  );
  const about = await otelier(['journal', 'export', directory, '--signal', 'logs', '--json']);
  const { queue, signal, tenant, request } = JSON.parse(about.stdout);
  assert.deepEqual([queue, signal, tenant], ['exporter_tested_logs', 'logs', 'default']);
  assert.equal(request.resourceLogs.length, 1);
});

for (const [protocol, createServer] of [
  ['grpc', createGrpcServer],
  ['http', createHttpServer],
] as const) {
  test(`journal replay sends the waiting batches over ${protocol}, with headers, and keeps them`, async () => {
    const unchanged = checksums();
    const handler = createRecordingHandler();
    const server = await createServer({ endpoint: '127.0.0.1:0' }, handler);
    const target = ['--endpoint', `http://${server.address}`, '--protocol', protocol, '--header', 'x-team=shop'];
    const { code, stdout, stderr } = await otelier(['journal', 'replay', directory, ...target]);
    await server.shutdown();
    assert.deepEqual([code, stdout, stderr], [0, 'sent 3 batches with 6 items\n', '']);
    assert.deepEqual(
      handler.requests.map(({ signal }) => signal),
      ['logs', 'traces', 'traces'],
    );
    assert.ok(handler.requests.every(({ headers }) => headers['x-team'] === 'shop'));
    assert.deepEqual(checksums(), unchanged);
  });
}

test('journal commands report damage, mistakes and missing queues', async () => {
  const none = await otelier(['journal', 'inspect', join(directory, 'none')]);
  assert.deepEqual([none.code, /There is no directory/.test(none.stderr)], [1, true]);
  const header = await otelier(['journal', 'replay', directory, '--endpoint', 'http://127.0.0.1:1', '--header', 'x']);
  assert.match(header.stderr, /--header: expected NAME=VALUE, got "x"/);
  const queue = join(directory, 'exporter_tested_traces');
  const segment = join(queue, readdirSync(queue).find((name) => name.endsWith('.journal')) ?? '');
  const bytes = readFileSync(segment);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  const damaged = await otelier(['journal', 'inspect', queue]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /1 batches waiting with 3 items[\s\S]*damaged: .* the record at position 0 is damaged/);
  const rest = await otelier(['journal', 'export', queue]);
  assert.deepEqual([rest.code, rest.stdout.trim().split('\n').length], [1, 1]);
  assert.match(rest.stderr, /^damaged: /);
});
