import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKeyLine, fileProvider, KeyRing, stateCipher } from '@otelier/journal/encryption';
import { type GroupRecord, groupFile, readGroupFiles } from './group-file.ts';
import { groupIdOf } from './group-id.ts';

const record = (receiver: string): GroupRecord => ({
  ...{ groupKey: `{}:{receiver="${receiver}"}`, receiver, alerts: [], log: [], deliveries: [] },
  labels: { account: 'hunter2' } as unknown as GroupRecord['labels'],
});

test('the files of groups are encrypted, bound to their names, and refused without keys', async () => {
  const root = mkdtempSync(join(tmpdir(), 'otelier-groups-'));
  const path = join(root, 'key-file');
  writeFileSync(path, createKeyLine('test'), { mode: 0o600 });
  const report: string[] = [];
  const ring = await KeyRing.open({
    ...{ directory: join(root, 'keys'), provider: fileProvider(path), nowMillis: () => 0 },
    report: (message) => report.push(message),
  });
  try {
    const cipher = await stateCipher(ring);
    const directory = join(root, 'groups');
    mkdirSync(directory);
    const ids = ['team', 'pager'].map((receiver) => groupIdOf(record(receiver).groupKey, receiver));
    for (const [index, receiver] of ['team', 'pager'].entries()) {
      const file = groupFile(directory, ids[index] ?? '', (message) => report.push(message), cipher);
      await file.write(record(receiver));
      await file.close();
    }
    const names = readdirSync(directory).filter((name) => name.endsWith('.group'));
    for (const name of names) assert.ok(!readFileSync(join(directory, name)).includes('hunter2'));
    const read = readGroupFiles(directory, (message) => report.push(message), cipher);
    assert.deepEqual(read.map(({ record: one }) => one.receiver).sort(), ['pager', 'team']);
    assert.throws(
      () => readGroupFiles(directory, () => undefined),
      /the file is encrypted: expected the setting encryption/,
    );
    assert.equal(report.length, 0);
    assert.equal(readdirSync(directory).filter((name) => name.endsWith('.group')).length, 2);

    // The file of one group in the place of another is damage.
    const [first = '', second = ''] = names;
    renameSync(join(directory, first), join(directory, second));
    assert.deepEqual(
      readGroupFiles(directory, (message) => report.push(message), cipher),
      [],
    );
    assert.match(report[0] ?? '', /damaged, moved to .*; the state starts empty$/);
  } finally {
    await ring.close();
    rmSync(root, { recursive: true, force: true });
  }
});
