import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { normalizeRequest, requestToJson, type Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { fileStorage } from '../extensions/file_storage.ts';
import { otlpJsonFile } from './otlp_json_file.ts';

receiverContract(otlpJsonFile, { config: { include: ['/nonexistent/*.jsonl'] }, silent: true });

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otlp-json-file-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A request as the exporter `file` writes it. */
function line(signal: Signal): string {
  const [part] = sampleBatch(signal).parts;
  assert.ok(part);
  return `${requestToJson(signal, part)}\n`;
}

async function start(t: TestContext, config: Record<string, unknown>, signals?: readonly Signal[]) {
  const bench = await createComponentBench(otlpJsonFile, {
    config: { start_at: 'beginning', ...config },
    ...(signals && { signals }),
  });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

/** Advances the clock until a condition holds. */
async function until(bench: ComponentBench, holds: () => boolean): Promise<void> {
  for (let polls = 0; !holds(); polls++) {
    assert.ok(polls < 2000, 'nothing happens');
    await bench.clock.advance(200);
    await turn();
  }
}

const itemsOf = (bench: ComponentBench, signal: Signal) =>
  bench.received.filter((batch) => batch.signal === signal).reduce((sum, { itemCount }) => sum + itemCount, 0);

test('passes the requests of a file to the pipelines of their signals', async (t) => {
  const directory = scratch(t);
  const path = join(directory, 'a.jsonl');
  writeFileSync(path, line('traces') + line('metrics') + line('logs') + line('traces'));
  const bench = await start(t, { include: [join(directory, '*.jsonl')] });
  const counts = { traces: 2, metrics: 1, logs: 1 } as const;
  const isComplete = () =>
    Object.entries(counts).every(([signal, count]) => {
      const { itemCount } = sampleBatch(signal as Signal);
      return itemsOf(bench, signal as Signal) === itemCount * count;
    });
  await until(bench, isComplete);
  for (const { signal, parts, itemCount } of bench.received)
    for (const part of parts) {
      const normalized = normalizeRequest(signal, part);
      assert.ok(normalized.ok && normalized.itemCount === itemCount);
    }
  const [sample] = sampleBatch('logs').parts;
  const logs = bench.received.find(({ signal }) => signal === 'logs');
  assert.ok(sample && logs?.parts[0]);
  assert.equal(requestToJson('logs', logs.parts[0]), requestToJson('logs', sample));
  appendFileSync(path, line('logs'));
  await until(bench, () => itemsOf(bench, 'logs') === 2 * sampleBatch('logs').itemCount);
  assert.equal(itemsOf(bench, 'traces'), 2 * sampleBatch('traces').itemCount);
});

test('drops lines that are no requests, and leaves out signals without a pipeline', async (t) => {
  const directory = scratch(t);
  const hostile = [
    ...['', 'text', '{}', '{"resourceLogs":', '{"resourceLogs":5}', '{"resourceProfiles":[]}', '{"resourceLogs":[]}'],
    ...['null', '[]', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"x"}]}]}]}', '\u0000', '"'],
  ];
  writeFileSync(join(directory, 'a.jsonl'), `${hostile.join('\n')}\n${line('traces')}${line('logs')}`);
  const bench = await start(t, { include: [join(directory, '*.jsonl')] }, ['logs']);
  await until(bench, () => bench.received.length > 0);
  assert.deepEqual(
    bench.received.map(({ signal, itemCount }) => [signal, itemCount]),
    [['logs', sampleBatch('logs').itemCount]],
  );
  assert.equal(bench.dropped()['malformed'], 10);
  const warnings = bench.logs.filter(({ msg }) => msg === 'lines dropped: they are not OTLP/JSON');
  assert.deepEqual(
    warnings.map(({ lines, position }) => [lines, position]),
    [[10, 1]],
  );
});

test('reads compressed files and deletes them once they are delivered', async (t) => {
  const directory = scratch(t);
  const path = join(directory, 'a.jsonl.gz');
  writeFileSync(path, gzipSync(line('logs').repeat(3)));
  const bench = await start(t, { include: [path], compression: 'auto', delete_after_read: true }, ['logs']);
  await until(bench, () => !existsSync(path));
  assert.equal(itemsOf(bench, 'logs'), 3 * sampleBatch('logs').itemCount);
});

test('continues where it stopped, and passes on nothing twice', async (t) => {
  const directory = scratch(t);
  const path = join(directory, 'a.jsonl');
  writeFileSync(path, line('logs'));
  const { itemCount } = sampleBatch('logs');
  for (const round of [1, 2]) {
    const bench = await createComponentBench(otlpJsonFile, {
      config: { include: [path], start_at: 'beginning', storage: 'file_storage' },
      signals: ['logs'],
      extensions: {
        file_storage: {
          definition: fileStorage,
          config: { directory: join(directory, 'state'), create_directory: true },
        },
      },
    });
    await bench.start();
    await until(bench, () => bench.received.length > 0);
    await bench.close();
    assert.equal(itemsOf(bench, 'logs'), itemCount, `round ${round}`);
    appendFileSync(path, line('logs'));
  }
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{}, /include/],
    [{ include: ['a'], replay_file: true }, /replay_file: expected nothing here/],
    [{ include: ['a'], delete_after_read: true }, /delete_after_read: expected start_at: beginning/],
    [{ include: ['a'], storage: 'missing' }, /storage/],
    [{ include: ['a'], operators: [] }, /operators/],
  ];
  for (const [config, message] of expected)
    await assert.rejects(createComponentBench(otlpJsonFile, { config }), message);
});
