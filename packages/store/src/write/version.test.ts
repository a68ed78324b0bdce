import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StoreOpenError } from '../contract.ts';
import { ensureVersion } from './version.ts';

function tempDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-version-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const ignore = () => undefined;
const versionOf = (directory: string) => JSON.parse(readFileSync(join(directory, 'store.json'), 'utf8')).version;

test('migrates an older store one version at a time, and marks each step before the next', (t) => {
  const directory = tempDirectory(t);
  writeFileSync(join(directory, 'store.json'), '{"version":1}');
  const steps: string[] = [];
  const step = (name: string) => (where: string) => {
    steps.push(`${name} at ${versionOf(where)}`);
  };
  ensureVersion(
    directory,
    ignore,
    new Map([
      [1, step('first')],
      [2, step('second')],
    ]),
    3,
  );
  assert.deepEqual(steps, ['first at 1', 'second at 2']);
  assert.equal(versionOf(directory), 3);
});

test('a failed migration leaves the store at the last completed version', (t) => {
  const directory = tempDirectory(t);
  writeFileSync(join(directory, 'store.json'), '{"version":1}');
  const fails = () => {
    throw new Error('no space');
  };
  assert.throws(
    () =>
      ensureVersion(
        directory,
        ignore,
        new Map([
          [1, () => undefined],
          [2, fails],
        ]),
        3,
      ),
    /no space/,
  );
  assert.equal(versionOf(directory), 2);
});

test('rejects a version without a migration', (t) => {
  const directory = tempDirectory(t);
  writeFileSync(join(directory, 'store.json'), '{"version":1}');
  assert.throws(() => ensureVersion(directory, ignore, new Map(), 2), StoreOpenError);
});

test('moves a damaged mark to damaged/ and rewrites it', (t) => {
  for (const text of ['x', '', '[]', '{"version":"1"}', '{"version":1.5}', '{"version":9,"crc32":"00000000"}']) {
    const directory = tempDirectory(t);
    writeFileSync(join(directory, 'store.json'), text);
    const reports: string[] = [];
    ensureVersion(directory, (message) => reports.push(message));
    assert.equal(versionOf(directory), 1);
    assert.equal(readFileSync(join(directory, 'damaged', 'store.json'), 'utf8'), text);
    assert.match(reports.join(), /store\.json: damaged, now .*damaged\/store\.json/);
  }
});

test('marks a new directory', (t) => {
  const directory = tempDirectory(t);
  ensureVersion(directory, ignore);
  assert.equal(versionOf(directory), 1);
});
