import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { requestToJson, type Signal } from '@otelier/otlp';
import { ImportState, ImportStateError, openStoreReadOnly } from '@otelier/store';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { encodeRecord } from '../../exporters/file/record.ts';
import { FREE_PORTS, printed, startOtelier, withTempDirectory } from '../otelier.testing.ts';
import { type ImportOptions, importCommand } from './command.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const ENDPOINT = 'http://127.0.0.1:1';

/** Runs an import in this process. Returns its output, parsed, and the exit code. */
async function run(files: readonly string[], options: Partial<ImportOptions>) {
  const { stdout, stderr } = await printed((console) =>
    importCommand(files, { endpoint: ENDPOINT, json: true, ...options }, console),
  );
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  return { code, stdout, stderr, report: options.json === false ? undefined : JSON.parse(stdout) };
}

async function rowsOf(directory: string): Promise<Readonly<Record<string, number>>> {
  const store = await openStoreReadOnly(directory);
  const { signals } = await store.stats();
  await store.close();
  return Object.fromEntries(Object.entries(signals).map(([name, { rows, pendingRows }]) => [name, rows + pendingRows]));
}

function part(signal: Signal, items = 3): Uint8Array {
  return sampleBatch(signal, items).parts[0] ?? new Uint8Array();
}

/** The files that the Collector's exporter writes, and others. */
function samples(): Readonly<Record<string, Uint8Array>> {
  const all = (format: 'json' | 'proto', compression: 'none' | 'zstd') =>
    Buffer.concat(SIGNALS.map((signal) => encodeRecord(signal, part(signal), { format, compression, level: 3 })));
  const document = Buffer.from(JSON.stringify(JSON.parse(requestToJson('logs', part('logs', 9))), undefined, 2));
  return {
    'lines.json': all('json', 'none'),
    'messages.pb': all('proto', 'none'),
    'lines.json.messages.zst': all('json', 'zstd'),
    'messages.pb.messages.zst': all('proto', 'zstd'),
    'lines.json.gz': gzipSync(all('json', 'none')),
    'lines.json.zst': zstdCompressSync(all('json', 'none')),
    'messages.pb.zst': zstdCompressSync(all('proto', 'none')),
    'document.json': document,
  };
}

test('imports each format that the file exporter writes, and a second run adds nothing', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'data');
    const paths = Object.entries(samples()).map(([name, bytes]) => {
      writeFileSync(join(directory, name), bytes);
      return join(directory, name);
    });
    const dry = await run(paths, { dryRun: true });
    assert.deepEqual([dry.code, dry.report.files.map((file: { items: number }) => file.items)], [0, Array(8).fill(9)]);

    const { code, report } = await run(paths, { data });
    assert.equal(code, 0);
    for (const file of report.files.slice(0, 7)) {
      assert.deepEqual(file.signals, { traces: 3, metrics: 3, logs: 3 }, file.file);
      assert.deepEqual([file.records, file.refused, file.isDone], [3, 0, true]);
    }
    const expected = { traces: 21, metrics: 21, logs: 30 };
    assert.deepEqual(await rowsOf(data), expected);

    const again = await run(paths, { data });
    assert.equal(again.report.files[0].skippedRecords, 3);
    assert.deepEqual(await rowsOf(data), expected);
    const twice = await run(paths.slice(0, 1), { data, again: true });
    assert.equal(twice.report.files[0].items, 9);
    assert.deepEqual(await rowsOf(data), { traces: 24, metrics: 24, logs: 33 });

    writeFileSync(paths[0] ?? '', 'other');
    await assert.rejects(run(paths.slice(0, 1), { data }), /expected the file whose import began earlier/);
  }));

test('names each refused record with its place, and imports the others', () =>
  withTempDirectory(async (directory) => {
    const good = Buffer.from(
      encodeRecord('traces', part('traces'), { format: 'json', compression: 'none', level: 3 }),
    ).toString();
    const file = join(directory, 'mixed.json');
    writeFileSync(
      file,
      [good.trim(), '{"resourceSpans":[{"scopeSpans":7}]}', '', '{"a":1}', 'nonsense', good.trim()].join('\n'),
    );
    const { code, stdout, stderr } = await run([file], { data: join(directory, 'data'), json: false });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^refused: .*: line 2: .*scopeSpans.*\nrefused: .*: line 4: expected resourceSpans.*\nrefused: .*: line 5: /,
    );
    assert.match(stdout, /imported 6 items of 6 records \(6 traces\); 3 records refused\n$/);

    const cut = join(directory, 'cut.pb');
    const message = encodeRecord('logs', part('logs'), { format: 'proto', compression: 'none', level: 3 });
    writeFileSync(cut, Buffer.concat([message, message.subarray(0, message.length - 5)]));
    const { report } = await run([cut], { data: join(directory, 'data') });
    assert.equal(report.files[0].items, 3);
    assert.match(report.files[0].refusedRecords[0].reason, /expected \d+ bytes, got \d+ at the end/);

    const zipped = join(directory, 'cut.gz');
    const bytes = gzipSync(good.repeat(50));
    writeFileSync(zipped, bytes.subarray(0, bytes.length - 20));
    const damaged = await run([zipped], { data: join(directory, 'data') });
    assert.equal(damaged.code, 1);
    assert.match(damaged.report.files[0].refusedRecords[0].reason, /unexpected end of file/);
  }));

test('an import that is killed again and again stores every item once', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'data');
    const file = join(directory, 'many.json');
    const line = Buffer.from(
      encodeRecord('logs', part('logs', 1), { format: 'json', compression: 'none', level: 3 }),
    ).toString();
    const lines = 12_000;
    writeFileSync(file, line.repeat(lines));
    const random = createRandom(5);
    const { spawn } = await import('node:child_process');
    const { fileURLToPath } = await import('node:url');
    const bin = fileURLToPath(new URL('../../../bin/otelier.js', import.meta.url));
    const runOnce = (killAfterSaves: number | undefined) =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, [bin, 'import', '--data', data, file], { stdio: 'ignore' });
        child.on('close', resolve);
        if (killAfterSaves === undefined) return;
        const state = join(data, 'imports.json');
        let [last, saves] = ['', 0];
        const timer = setInterval(() => {
          const text = read(state);
          if (text !== last) saves += 1;
          last = text;
          if (saves < killAfterSaves && child.exitCode === null) return;
          clearInterval(timer);
          child.kill('SIGKILL');
        }, 1);
      });
    for (let kill = 0; kill < 3; kill++) await runOnce(2 + random(3));
    assert.equal(await runOnce(undefined), 0);
    assert.deepEqual(await rowsOf(data), { logs: lines });
  }));

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test('the progress is either whole, or reported as damaged, after each of 200 damages', () =>
  withTempDirectory(async (directory) => {
    const path = join(directory, 'imports.json');
    ImportState.read(path).set('/a', { head: 'x', headBytes: 1, records: 5, items: 5, isDone: false });
    const bytes = readFileSync(path);
    const random = createRandom(3);
    for (let i = 0; i < 200; i++) {
      const damaged = Buffer.from(bytes);
      const at = random(bytes.length - 1);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
      writeFileSync(path, i % 4 === 0 ? bytes.subarray(0, at) : damaged);
      assert.throws(() => ImportState.read(path), ImportStateError, `${at}`);
    }
  }));

test('sends to a running process', () =>
  withTempDirectory(async (directory) => {
    const file = join(directory, 'lines.json');
    writeFileSync(file, samples()['lines.json'] ?? '');
    const running = await startOtelier(['--data', join(directory, 'data'), ...FREE_PORTS]);
    const endpoint = running.address('OTLP/HTTP');
    const { code, report } = await run([file], { endpoint, state: join(directory, 'progress.json') });
    assert.deepEqual([code, report.files[0].items], [0, 9]);
    await running.stop();
    assert.deepEqual(await rowsOf(join(directory, 'data')), { traces: 3, metrics: 3, logs: 3 });
  }));
