import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { RotatingFile, type RotatingFileOptions, type Rotation } from './rotating-file.ts';

const START = Date.UTC(2026, 10, 24, 10, 0, 0);
const MEGABYTE = 1_048_576;
const record = (letter: string, bytes = MEGABYTE) => new Uint8Array(bytes).fill(letter.charCodeAt(0));

async function withTempDirectory(
  run: (
    directory: string,
    open: (options?: Partial<RotatingFileOptions>) => Promise<RotatingFile>,
    world: World,
  ) => Promise<void>,
) {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-file-'));
  const world = { clock: createManualClock(START), errors: [] as unknown[] };
  const open = (options: Partial<RotatingFileOptions> = {}) =>
    RotatingFile.open({
      path: join(directory, 'sub', 'traces.jsonl'),
      append: false,
      directoryMode: 0o755,
      flushIntervalMillis: 1000,
      rotation: undefined,
      clock: world.clock,
      onError: (error) => void world.errors.push(error),
      ...options,
    });
  try {
    await run(join(directory, 'sub'), open, world);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface World {
  readonly clock: ReturnType<typeof createManualClock>;
  readonly errors: unknown[];
}

const rotation = (more: Partial<Rotation> = {}): Rotation => ({
  maxMegabytes: 1,
  maxDays: 0,
  maxBackups: 0,
  localtime: false,
  ...more,
});

test('creates the directory, writes in order, and truncates or appends as configured', () =>
  withTempDirectory(async (directory, open) => {
    const path = join(directory, 'traces.jsonl');
    const first = await open();
    await Promise.all([first.write([record('a', 2), record('b', 1)]), first.write([record('c', 1)])]);
    await first.close();
    assert.equal(await readFile(path, 'utf8'), 'aabc');
    const second = await open({ append: true });
    await second.write([record('d', 1)]);
    await second.close();
    assert.equal(await readFile(path, 'utf8'), 'aabcd');
    const third = await open();
    await third.write([record('e', 1)]);
    await third.close();
    assert.equal(await readFile(path, 'utf8'), 'e');
  }));

test('renames a full file with a timestamp, and a number within the same millisecond', () =>
  withTempDirectory(async (directory, open, { clock }) => {
    const file = await open({ rotation: rotation() });
    for (const letter of 'abc') await file.write([record(letter, MEGABYTE - 1)]);
    await clock.advance(1);
    await file.write([record('d')]);
    await file.close();
    assert.deepEqual((await readdir(directory)).sort(), [
      'traces-2026-11-24T10-00-00.000-size.jsonl',
      'traces-2026-11-24T10-00-00.000-size_1.jsonl',
      'traces-2026-11-24T10-00-00.001-size.jsonl',
      'traces.jsonl',
    ]);
    const first = await readFile(join(directory, 'traces-2026-11-24T10-00-00.000-size.jsonl'));
    assert.deepEqual([first.length, first[0]], [MEGABYTE - 1, 'a'.charCodeAt(0)]);
    assert.equal((await readFile(join(directory, 'traces.jsonl')))[0], 'd'.charCodeAt(0));
  }));

test('includes the existing content in the file size', () =>
  withTempDirectory(async (directory, open) => {
    await mkdir(directory);
    await writeFile(join(directory, 'traces.jsonl'), record('a'));
    const file = await open({ rotation: rotation() });
    await file.write([record('b', 1)]);
    await file.close();
    assert.equal((await readdir(directory)).length, 2);
    assert.equal(await readFile(join(directory, 'traces.jsonl'), 'utf8'), 'b');
  }));

test('never splits a request across two files', () =>
  withTempDirectory(async (directory, open) => {
    const file = await open({ rotation: rotation() });
    await file.write([record('a', 2 * MEGABYTE), record('b', 2 * MEGABYTE)]);
    await file.close();
    assert.deepEqual(await readdir(directory), ['traces.jsonl']);
  }));

test('removes the oldest files above the maximum, and ignores unrelated files', () =>
  withTempDirectory(async (directory, open, { clock }) => {
    await mkdir(directory);
    const foreign = [
      'traces-notes.jsonl',
      'traces-eu-2020-01-01T00-00-00.000.jsonl',
      'traces-2020-01-01T00-00-00.000.txt',
    ];
    for (const name of foreign) await writeFile(join(directory, name), '');
    const file = await open({ rotation: rotation({ maxBackups: 2 }) });
    for (const letter of 'abcd') await file.write([record(letter)]);
    await clock.advance(5);
    await file.write([record('e')]);
    await file.close();
    const names = await readdir(directory);
    assert.deepEqual(names.filter((name) => !foreign.includes(name)).sort(), [
      'traces-2026-11-24T10-00-00.000-size_2.jsonl',
      'traces-2026-11-24T10-00-00.005-size.jsonl',
      'traces.jsonl',
    ]);
    assert.ok(foreign.every((name) => names.includes(name)));
  }));

test('removes files that the Collector has rotated, oldest first', () =>
  withTempDirectory(async (directory, open) => {
    await mkdir(directory);
    const older = [
      'traces-2026-11-20T10-00-00.000.jsonl',
      'traces-2026-11-21T10-00-00.000-time.jsonl',
      'traces-2026-11-21T10-00-00.000-time_1.jsonl',
    ];
    for (const name of older) await writeFile(join(directory, name), '');
    const file = await open({ rotation: rotation({ maxBackups: 2 }) });
    for (const letter of 'ab') await file.write([record(letter)]);
    await file.close();
    assert.deepEqual((await readdir(directory)).sort(), [
      'traces-2026-11-21T10-00-00.000-time_1.jsonl',
      'traces-2026-11-24T10-00-00.000-size.jsonl',
      'traces.jsonl',
    ]);
  }));

test('removes files by age', () =>
  withTempDirectory(async (directory, open) => {
    await mkdir(directory);
    const [old, recent] = ['traces-2026-11-20T10-00-00.000.jsonl', 'traces-2026-11-23T10-00-00.000.jsonl'];
    for (const [name, days] of [
      [old, 4],
      [recent, 1],
    ] as const) {
      await writeFile(join(directory, name), '');
      const time = new Date(START - days * 86_400_000);
      await utimes(join(directory, name), time, time);
    }
    const file = await open({ rotation: rotation({ maxDays: 2 }) });
    for (const letter of 'ab') await file.write([record(letter)]);
    await file.close();
    const names = await readdir(directory);
    assert.deepEqual([names.includes(old), names.includes(recent)], [false, true]);
  }));

test('removes no file too early and keeps the order when the clock jumps', () =>
  withTempDirectory(async (directory, open, { clock }) => {
    const file = await open({ rotation: rotation({ maxDays: 2, maxBackups: 3 }) });
    await file.write([record('a')]);
    clock.jump(10 * 86_400_000);
    await file.write([record('b')]);
    clock.jump(-30 * 86_400_000);
    for (const letter of 'cde') await file.write([record(letter)]);
    await file.close();
    const names = (await readdir(directory)).sort();
    const contents = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
    assert.deepEqual(contents.map((content) => content[0]).sort(), ['b', 'c', 'd', 'e']);
  }));

test('reports an old file that cannot be removed, and continues to write', () =>
  withTempDirectory(async (directory, open, { errors }) => {
    await mkdir(join(directory, 'traces-2020-01-01T00-00-00.000.jsonl'), { recursive: true });
    const file = await open({ rotation: rotation({ maxBackups: 1 }) });
    for (const letter of 'abc') await file.write([record(letter)]);
    await file.close();
    assert.equal(errors.length, 2);
    assert.equal((await readFile(join(directory, 'traces.jsonl')))[0], 'c'.charCodeAt(0));
  }));

test('continues after a failed rotation', () =>
  withTempDirectory(async (directory, open) => {
    const file = await open({ rotation: rotation() });
    await file.write([record('a')]);
    // Without the file, the rotation fails.
    await rm(join(directory, 'traces.jsonl'));
    await assert.rejects(file.write([record('b')]), /ENOENT/);
    await file.write([record('c', 3)]);
    await file.close();
    assert.equal(await readFile(join(directory, 'traces.jsonl'), 'utf8'), 'ccc');
  }));

test('rejects writes to a full disk, and leaves no partial record', { skip: process.platform !== 'linux' }, () =>
  withTempDirectory(async (directory, open) => {
    await mkdir(directory);
    await symlink('/dev/full', join(directory, 'traces.jsonl'));
    const file = await open({ append: true });
    await assert.rejects(file.write([record('a', 10)]), /ENOSPC/);
    await assert.rejects(file.write([record('b', 10)]), /ENOSPC/);
    await file.close();
  }),
);

test('syncs once per interval, and leaves no timer behind', () =>
  withTempDirectory(async (directory, open, { clock, errors }) => {
    const file = await open();
    assert.equal(clock.pending, 0);
    for (let index = 0; index < 3; index++) await file.write([record('a', 1)]);
    assert.equal(clock.pending, 1);
    await clock.advance(1000);
    assert.equal(clock.pending, 0);
    await file.write([record('b', 1)]);
    await file.close();
    await file.close();
    assert.equal(clock.pending, 0);
    await assert.rejects(file.write([record('c', 1)]), /is closed/);
    assert.deepEqual(errors, []);
    await appendFile(join(directory, 'traces.jsonl'), '!');
    assert.equal(await readFile(join(directory, 'traces.jsonl'), 'utf8'), 'aaab!');
  }));
