import assert from 'node:assert/strict';
import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fillStore, otelier, withTempDirectory } from '../otelier.testing.ts';

test('store backup, verify and restore copy a store, and name what is damaged', () =>
  withTempDirectory(async (directory) => {
    const [data, backup, restored] = ['data', 'backup', 'restored'].map((name) => join(directory, name));
    assert.ok(data && backup && restored);
    await fillStore(data);

    const first = await otelier(['store', 'backup', backup, '--data', data, '--json']);
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.equal(JSON.parse(first.stdout).damaged.length, 0);
    const verified = await otelier(['store', 'verify', '--data', backup]);
    assert.match(verified.stdout, /^no damage: checked \d+ files with \d+ rows, 1 journals with 3 records\n$/);

    const { stdout, code } = await otelier(['store', 'restore', backup, '--data', restored]);
    assert.equal(code, 0);
    assert.match(stdout, /^restored \d+ files \(.*\) to .*restored\n$/);
    const query = await otelier(['query', '--json', '--data', restored, 'select count(*) as n from spans']);
    assert.deepEqual(JSON.parse(query.stdout), [{ n: 3 }]);

    const again = await otelier(['store', 'restore', backup, '--data', restored]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^otelier: .*restored: expected an empty directory for the restored store/);

    const segment = readdirSync(backup, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('.journal'),
    );
    truncateSync(join(backup, segment ?? ''), 10);
    const damaged = await otelier(['store', 'restore', backup, '--data', join(directory, 'other')]);
    assert.equal(damaged.code, 1);
    assert.match(
      damaged.stderr,
      /1 file is damaged or missing; nothing was restored:\n {2}state-1\/journal\/.*expected \d+ bytes, got 10/,
    );

    const none = await otelier(['store', 'restore', data, '--data', join(directory, 'other')]);
    assert.match(none.stderr, /^otelier: .*data: expected a backup, whose contents backup\.json lists: found none/);
  }));
