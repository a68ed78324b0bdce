import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { StoreEvent } from '../contract.ts';
import type { FileFooter } from '../schema.ts';
import { type DataFile, storedFile } from './files/files.ts';
import { Retention } from './retention.ts';
import { retentionStep } from './retention-time.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * A store's files under retention, with controllable clocks. Each file contains one row with the current clock time.
 */
class Harness {
  now = 1_764_000_000_000;
  monotonic = 5_000;
  files: DataFile[] = [];
  readonly events: StoreEvent[] = [];
  readonly directory: string;
  readonly retentionMillis: number;
  #retention: Retention;

  constructor(retentionMillis: number) {
    this.directory = mkdtempSync(join(tmpdir(), 'otelier-retention-'));
    this.retentionMillis = retentionMillis;
    this.#retention = this.#open();
  }

  restart(awayMillis = 0, saved = true): void {
    if (saved) this.#retention.save();
    this.now += awayMillis;
    this.monotonic = 5_000;
    this.#retention = this.#open();
  }

  /** Writes a file while the clock jumps, after the file's write time was determined. */
  writeDuringJump(millis: number): void {
    this.#retention.now();
    this.write(this.now + millis);
    this.now += millis;
  }

  write(timeMillis = this.now): void {
    const nanos = String(BigInt(Math.trunc(timeMillis)) * 1_000_000n);
    const written = Math.max(this.now, (this.files.at(-1)?.footer.writtenMillis ?? 0) + 1);
    const footer = { rows: 1, minTime: nanos, maxTime: nanos, writtenMillis: written } as FileFooter;
    this.files.push(storedFile(`${written}.parquet`, 1, footer));
  }

  /** Advances the clocks and returns the times of removed files. */
  pass(millis: number, everyMillis = 10 * 60_000): number[] {
    const removed: number[] = [];
    for (let rest = millis; rest > 0; rest -= everyMillis) {
      const step = Math.min(rest, everyMillis);
      this.now += step;
      this.monotonic += step;
      const gone = this.#retention.expired(this.files).map(({ file }) => file);
      this.files = this.files.filter((file) => !gone.includes(file));
      removed.push(...gone.map(timeOf));
    }
    return removed;
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #open(): Retention {
    const options = { directory: this.directory, retentionMillis: this.retentionMillis, maxBytes: 1e9 };
    const clock = { now: () => this.now, monotonic: () => this.monotonic };
    return new Retention(options, this.files, clock, (event) => this.events.push(event));
  }
}

function timeOf({ maxTime }: DataFile): number {
  return Number(maxTime / 1_000_000n);
}

/** Creates a store with one file per hour, for eight days. */
function filled(t: TestContext, retentionMillis = 7 * DAY): Harness {
  const harness = new Harness(retentionMillis);
  t.after(() => harness.dispose());
  for (let hours = 0; hours < 200; hours++) {
    harness.write();
    harness.pass(HOUR, HOUR);
  }
  return harness;
}

test('removes expired files at once while the clock is steady', (t) => {
  const harness = filled(t);
  assert.equal(harness.files.length, 7 * 24);
  assert.equal(harness.pass(5 * HOUR).length, 5);
  assert.deepEqual(harness.events, []);
});

test('a jump of ten days removes nothing for an hour, then one step per hour, and is reported once', (t) => {
  const harness = filled(t);
  harness.now += 10 * DAY;
  assert.ok(harness.pass(59 * 60_000, 4000).length <= 1, 'only the elapsed hour');
  assert.deepEqual(
    harness.events.map((event) => event.kind === 'retention-held' && event.stepMillis),
    [7 * HOUR],
  );
  assert.ok(harness.pass(HOUR).length <= 7 + 2);
  assert.equal(harness.events.length, 1);
  harness.pass(25 * HOUR);
  assert.equal(harness.files.length, 0, 'accepts a clock that stays ahead within a day');
});

test('a file that is written while the clock is behind for a moment is kept when the clock is right again', (t) => {
  const harness = filled(t);
  harness.now -= 40 * DAY;
  harness.files = [];
  harness.writeDuringJump(40 * DAY);
  assert.deepEqual(harness.pass(59 * 60_000), []);
  assert.equal(harness.files.length, 1);
});

test('rows of now keep their file when the clock jumps ahead before the first one is written', (t) => {
  const harness = new Harness(3 * DAY);
  t.after(() => harness.dispose());
  const rowsMillis = harness.now;
  harness.now += 7 * DAY;
  harness.writeDuringJump(0);
  harness.files = [];
  harness.write(rowsMillis);
  assert.deepEqual(harness.pass(59 * 60_000), []);
});

test('a restart with a wrong clock removes no more, with or without the saved state', (t) => {
  for (const saved of [true, false]) {
    const harness = filled(t);
    if (!saved) writeFileSync(join(harness.directory, 'retention.json'), '{"expectedMil');
    const before = harness.files.length;
    harness.now += 10 * DAY;
    for (let start = 0; start < 20; start++) {
      harness.restart(0, saved);
      harness.pass(4000, 1000);
    }
    assert.ok(before - harness.files.length <= 1, 'at most the file of the current hour');
  }
});

test('processes that never run for an hour still remove expired files', (t) => {
  const harness = filled(t);
  for (let day = 0; day < 120; day++) {
    harness.restart(DAY - 30 * 60_000);
    harness.pass(30 * 60_000);
  }
  assert.equal(harness.files.length, 0);
});

test('rows with old times do not delay other files', (t) => {
  const harness = filled(t);
  harness.pass(1000);
  harness.restart();
  harness.write(1000);
  assert.deepEqual(harness.pass(1000), [1000]);
  assert.equal(harness.pass(3 * HOUR).length, 3);
});

const jump = fc.constantFrom(10 * 60_000, HOUR, 10 * DAY, 365 * DAY).chain((by) => fc.constantFrom(by, -by));
const action = fc.oneof(
  fc.record({ kind: fc.constant('jump' as const), millis: jump }),
  fc.record({ kind: fc.constant('restart' as const), millis: fc.constantFrom(0, HOUR, 3 * DAY) }),
  fc.record({ kind: fc.constant('crash' as const), millis: fc.constantFrom(0, HOUR, 3 * DAY) }),
  fc.record({ kind: fc.constant('pass' as const), millis: fc.integer({ min: 1000, max: 3 * HOUR }) }),
);

/** Advances an hour at a time. While the clock is wrong, rows of these files may have any time. */
function passChecked(harness: Harness, millis: number, regular: ReadonlySet<number>): void {
  for (let rest = millis; rest > 0; rest -= HOUR) {
    const removed = harness.pass(Math.min(rest, HOUR) - 1).filter((time) => regular.has(time));
    const span = removed.length === 0 ? 0 : Math.max(...removed) - Math.min(...removed);
    assert.ok(span <= retentionStep(harness.retentionMillis) + 2.1 * HOUR, `${span / HOUR} h removed in an hour`);
    harness.write();
  }
}

test('never removes more than one step and itself per hour of run time', () => {
  const run = (retentionMillis: number, actions: readonly { readonly kind: string; readonly millis: number }[]) => {
    const harness = new Harness(retentionMillis);
    try {
      for (let hours = 0; hours < retentionMillis / HOUR; hours++) {
        harness.write();
        harness.pass(HOUR, HOUR);
      }
      const regular = new Set(harness.files.map(timeOf));
      for (const { kind, millis } of actions) {
        if (kind === 'jump') harness.now += millis;
        else if (kind === 'pass') passChecked(harness, millis, regular);
        else harness.restart(millis, kind === 'restart');
      }
      // With a correct clock, expired files are removed within about a day.
      harness.pass(27 * HOUR, 30 * 60_000);
      const overdue = harness.files.filter((file) => timeOf(file) + retentionMillis < harness.now - 2 * HOUR);
      assert.deepEqual(overdue.map(timeOf), []);
    } finally {
      harness.dispose();
    }
  };
  const retention = fc.constantFrom(HOUR, 6 * HOUR, DAY, 3 * DAY);
  fc.assert(fc.property(retention, fc.array(action, { maxLength: 12 }), run), { seed: 12, numRuns: 40 });
});
