import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '@otelier/store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { FREE_PORTS, otelier, whileRunning, withTempDirectory } from '../otelier.testing.ts';

test('store verify names each damaged file and exits with code 1', () =>
  withTempDirectory(async (data) => {
    const store = await openStore({ directory: data, retentionMillis: Number.MAX_SAFE_INTEGER });
    await store.append(sampleBatch('traces', 3));
    await store.flush();
    await store.append(sampleBatch('logs', 3));
    await store.close();
    const clean = await otelier(['store', 'verify', '--data', data]);
    assert.deepEqual(clean, {
      code: 0,
      stdout: 'no damage: checked 1 files with 3 rows, 1 journals with 1 records\n',
      stderr: '',
    });
    const names = readdirSync(data, { recursive: true, encoding: 'utf8' });
    const name = names.find((file) => file.endsWith('.parquet')) ?? '';
    const bytes = readFileSync(join(data, name));
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    writeFileSync(join(data, name), bytes);
    const expected = new RegExp(
      `^damaged: ${name}: column trace_id, row group 0: the checksum of page 0 differs; 3 of 3 rows affected\n1 damaged: `,
    );
    const damaged = await otelier(['store', 'verify', '--data', data]);
    assert.deepEqual([damaged.code, damaged.stderr], [1, '']);
    assert.match(damaged.stdout, expected);
  }));

test('store verify checks a store that a process has open', () =>
  withTempDirectory((data) =>
    whileRunning(['--data', data, ...FREE_PORTS], async () => {
      const { code, stdout, stderr } = await otelier(['store', 'verify', '--data', data]);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^no damage: checked \d+ files with \d+ rows, 1 journals with \d+ records\n$/);
    }),
  ));

test('store verify prints help, and reports a missing store', () =>
  withTempDirectory(async (directory) => {
    const help = await otelier(['store', 'verify', '--help']);
    assert.match(help.stdout, /checksums[\s\S]*--data <dir>[\s\S]*Changes nothing/);
    const none = await otelier(['store', 'verify', '--data', join(directory, 'none')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /^otelier: There is no store in/);
  }));
