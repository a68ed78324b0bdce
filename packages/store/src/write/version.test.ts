import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StoreOpenError } from '../contract.ts';
import { ensureVersion } from './version.ts';

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-version-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const ignore = () => undefined;
const versionOf = (directory: string) => JSON.parse(readFileSync(join(directory, 'store.json'), 'utf8')).version;

test('an older store is brought forward a version at a time, each step marked before the next', (t) => {
  const directory = folder(t);
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

test('a migration that fails leaves the store at the version it had reached', (t) => {
  const directory = folder(t);
  writeFileSync(join(directory, 'store.json'), '{"version":1}');
  const fails = () => {
    throw new Error('no room');
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
    /no room/,
  );
  assert.equal(versionOf(directory), 2);
});

test('a version without a way forward is refused', (t) => {
  const directory = folder(t);
  writeFileSync(join(directory, 'store.json'), '{"version":1}');
  assert.throws(() => ensureVersion(directory, ignore, new Map(), 2), StoreOpenError);
});

test('a damaged mark is moved to damaged/ and written again', (t) => {
  for (const text of ['x', '', '[]', '{"version":"1"}', '{"version":1.5}', '{"version":9,"crc32":"00000000"}']) {
    const directory = folder(t);
    writeFileSync(join(directory, 'store.json'), text);
    const reports: string[] = [];
    ensureVersion(directory, (message) => reports.push(message));
    assert.equal(versionOf(directory), 1);
    assert.equal(readFileSync(join(directory, 'damaged', 'store.json'), 'utf8'), text);
    assert.match(reports.join(), /store\.json: damaged, now .*damaged\/store\.json/);
  }
});

test('a new folder is marked', (t) => {
  const directory = folder(t);
  ensureVersion(directory, ignore);
  assert.equal(versionOf(directory), 1);
});
