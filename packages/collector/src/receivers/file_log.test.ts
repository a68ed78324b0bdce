import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ACCEPTED, normalizeRequest, requestToJson } from '@otelier/otlp';
import { type BenchOptions, type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { fileStorage } from '../extensions/file_storage.ts';
import { fileLog } from './file_log.ts';

const root = mkdtempSync(join(tmpdir(), 'file-log-'));
after(() => rmSync(root, { recursive: true }));

/** A log record as JSON. */
interface RecordJson {
  readonly body?: { readonly stringValue?: string; readonly bytesValue?: string };
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly severityNumber?: number;
  readonly timeUnixNano?: string;
}

function recordsOf(bench: ComponentBench): RecordJson[] {
  return bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => {
      const json = JSON.parse(requestToJson('logs', part)) as {
        resourceLogs: { scopeLogs: { logRecords: RecordJson[] }[] }[];
      };
      return json.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
    }),
  );
}

function bodiesOf(bench: ComponentBench): (string | undefined)[] {
  return recordsOf(bench).map(({ body }) => body?.stringValue);
}

function attributesOf(record: RecordJson | undefined): Record<string, unknown> {
  return Object.fromEntries((record?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** Advances the clock until a condition holds. */
async function until(bench: ComponentBench, holds: () => boolean): Promise<void> {
  for (let polls = 0; !holds(); polls++) {
    assert.ok(polls < 2000, `nothing happens: ${JSON.stringify(bodiesOf(bench))}`);
    await bench.clock.advance(200);
    await turn();
  }
}

let directories = 0;

/** Starts a receiver of the files in a new directory. */
async function start(config: Record<string, unknown>, options: BenchOptions = {}, directory = newDirectory()) {
  const bench = await createComponentBench(fileLog, {
    ...options,
    config: { include: [join(directory, '*.log')], start_at: 'beginning', ...config },
  });
  await bench.start();
  const path = join(directory, 'app.log');
  return { bench, directory, path };
}

function newDirectory(): string {
  return mkdtempSync(join(root, `${directories++}-`));
}

function storage(directory: string): BenchOptions {
  return {
    extensions: {
      file_storage: { definition: fileStorage, config: { directory, create_directory: true, fsync: false } },
    },
  };
}

receiverContract(fileLog, {
  config: { include: [join(root, 'contract-*.log')] },
  silent: true,
});

test('reads lines as canonical requests, with the name of the file', async () => {
  const { bench, path } = await start({ attributes: { team: 'shop' }, resource: { 'service.name': 'app' } });
  writeFileSync(path, 'first\r\n\n  second  \nthird ü\u{1f600}\n');
  await until(bench, () => bench.received.length > 0);
  assert.deepEqual(bodiesOf(bench), ['first', 'second', 'third ü\u{1f600}']);
  assert.deepEqual(attributesOf(recordsOf(bench)[0]), { team: 'shop', 'log.file.name': 'app.log' });
  const bytes = bench.received[0]?.parts[0] ?? new Uint8Array();
  const normalized = normalizeRequest('logs', bytes);
  assert.ok(normalized.ok);
  assert.equal(normalized.bytes, bytes);
  appendFileSync(path, 'fourth\n');
  await until(bench, () => bodiesOf(bench).length === 4);
  await bench.close();
});

test('replaces invalid UTF-8 and keeps bytes with the encoding nop', async () => {
  const { bench, path } = await start({});
  writeFileSync(path, Buffer.from([97, 0xff, 98, 10, 0xe2, 0x82, 10]));
  await until(bench, () => bodiesOf(bench).length === 2);
  assert.deepEqual(bodiesOf(bench), ['a\u{fffd}b', '\u{fffd}']);
  await bench.close();
  const binary = await start({ encoding: 'nop' });
  writeFileSync(binary.path, Buffer.from([1, 2, 10, 3]));
  await until(binary.bench, () => recordsOf(binary.bench).length === 1);
  assert.equal(recordsOf(binary.bench)[0]?.body?.bytesValue, 'AQIKAw==');
  await binary.bench.close();
});

test('parses lines with operators', async () => {
  const { bench, path } = await start({
    operators: [
      { type: 'regex_parser', regex: '^(?P<time>\\S+) (?P<level>\\w+) (?P<rest>.*)$' },
      { type: 'time_parser', parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%SZ' },
      { type: 'severity_parser', parse_from: 'attributes.level' },
      { type: 'json_parser', parse_from: 'attributes.rest', parse_to: 'body', if: 'attributes.rest startsWith "{"' },
      { type: 'remove', field: 'attributes.rest' },
      { type: 'filter', expr: 'attributes.level == "DEBUG"' },
    ],
  });
  writeFileSync(path, '2026-01-02T03:04:05Z WARN {"a":1}\n2026-01-02T03:04:05Z DEBUG x\nno match\n');
  await until(bench, () => recordsOf(bench).length === 2);
  const [first, second] = recordsOf(bench);
  assert.equal(first?.severityNumber, 13);
  assert.equal(first?.timeUnixNano, '1767323045000000000');
  assert.deepEqual(first?.body, { kvlistValue: { values: [{ key: 'a', value: { doubleValue: 1 } }] } });
  assert.equal(second?.body?.stringValue, 'no match');
  assert.deepEqual(bench.dropped(), { filtered: 1 });
  await bench.close();
});

test('continues at the stored position after a restart', async () => {
  const directory = newDirectory();
  const options = storage(join(directory, 'state'));
  const first = await start({ storage: 'file_storage' }, options, directory);
  writeFileSync(first.path, 'one\ntwo\n');
  await until(first.bench, () => bodiesOf(first.bench).length === 2);
  await first.bench.close();
  appendFileSync(first.path, 'three\n');
  const second = await start({ storage: 'file_storage', start_at: 'end' }, options, directory);
  await until(second.bench, () => bodiesOf(second.bench).length === 1);
  assert.deepEqual(bodiesOf(second.bench), ['three']);
  await second.bench.close();
});

test('waits for the next component and reads again what it has not accepted', async () => {
  const directory = newDirectory();
  const options = storage(join(directory, 'state'));
  const first = await start({ storage: 'file_storage' }, options, directory);
  let attempts = 0;
  first.bench.response = () => {
    attempts++;
    return { kind: 'retry', afterMillis: 100, reason: 'busy' };
  };
  writeFileSync(first.path, 'one\n');
  await until(first.bench, () => attempts > 3);
  await first.bench.close();
  const second = await start({ storage: 'file_storage' }, options, directory);
  second.bench.response = () => ACCEPTED;
  await until(second.bench, () => bodiesOf(second.bench).length === 1);
  assert.deepEqual(bodiesOf(second.bench), ['one']);
  await second.bench.close();
});

test('follows files that are moved, copied and truncated', async () => {
  const { bench, directory, path } = await start({});
  writeFileSync(path, 'one\n');
  await until(bench, () => bodiesOf(bench).length === 1);
  appendFileSync(path, 'two\n');
  renameSync(path, join(directory, 'app.log.1'));
  writeFileSync(path, 'three\n');
  await until(bench, () => bodiesOf(bench).length === 3);
  appendFileSync(path, 'four\n');
  copyFileSync(path, join(directory, 'copy.log'));
  truncateSync(path);
  appendFileSync(path, 'five\n');
  await until(bench, () => bodiesOf(bench).length === 5);
  await bench.clock.advance(2000);
  assert.deepEqual(bodiesOf(bench).sort(), ['five', 'four', 'one', 'three', 'two']);
  await bench.close();
});

test('reads what was copied and truncated after the files were listed', async () => {
  const directory = newDirectory();
  const path = join(directory, 'b.log');
  writeFileSync(join(directory, 'a.log'), `${'x'.repeat(1000)}\n`.repeat(4000));
  writeFileSync(path, 'one\ntwo\n');
  const { promise, resolve } = Promise.withResolvers<typeof ACCEPTED>();
  const config = { include: [join(directory, '*.log')], start_at: 'beginning' };
  const bench = await createComponentBench(fileLog, { config });
  bench.response = () => promise;
  await bench.start();
  // The next batch of a.log waits for the first one, and b.log is not read yet.
  await until(bench, () => bench.received.length > 0);
  copyFileSync(path, join(directory, 'copy.log'));
  truncateSync(path);
  appendFileSync(path, 'three\nfour\n');
  resolve(ACCEPTED);
  const own = () => bodiesOf(bench).filter((body) => !body?.startsWith('x'));
  await until(bench, () => own().length >= 4);
  await bench.clock.advance(2000);
  assert.deepEqual(own().sort(), ['four', 'one', 'three', 'two']);
  await bench.close();
});

test('reads compressed files and continues in a compressed copy', async () => {
  const { bench, directory, path } = await start({ compression: 'auto' });
  writeFileSync(path, 'one\ntwo\n');
  await until(bench, () => bodiesOf(bench).length === 2);
  rmSync(path);
  writeFileSync(join(directory, 'app.1.log'), gzipSync('one\ntwo\nthree\nrest'));
  await until(bench, () => bodiesOf(bench).length === 4);
  assert.deepEqual(bodiesOf(bench), ['one', 'two', 'three', 'rest']);
  await bench.close();
});

test('splits by a pattern, joins the lines of a record and flushes the last one', async () => {
  const { bench, path } = await start({ multiline: { line_start_pattern: '^\\[' }, max_log_size: 40 });
  writeFileSync(path, `[1] a\n  at b\n[2] ${'x'.repeat(50)}\n[3] ü\n  at c`);
  await until(bench, () => bodiesOf(bench).length === 4);
  assert.deepEqual(bodiesOf(bench), ['[1] a\n  at b', `[2] ${'x'.repeat(36)}`, 'x'.repeat(14), '[3] ü\n  at c']);
  await bench.close();
});
