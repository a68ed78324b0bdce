import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Signal } from '@otelier/otlp';
import fc from 'fast-check';
import type { SignalRetention, StoreEvent } from '../contract.ts';
import type { FileFooter } from '../schema.ts';
import { type DataFile, storedFile } from './files/files.ts';
import { Retention, removalEvents } from './retention.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const root = mkdtempSync(join(tmpdir(), 'otelier-retention-signals-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Files of several signals under retention, with driven clocks. */
class Harness {
  now = 1_764_000_000_000;
  monotonic = 5_000;
  files: DataFile[] = [];
  readonly events: StoreEvent[] = [];
  readonly directory = mkdtempSync(join(root, 'store-'));
  readonly #limits: { readonly retention: SignalRetention; readonly maxBytes?: number };
  #retention: Retention;

  constructor(limits: { readonly retention: SignalRetention; readonly maxBytes?: number }) {
    this.#limits = limits;
    this.#retention = this.#open();
  }

  write(signal: Signal, bytes = 1): void {
    const nanos = String(BigInt(this.now) * 1_000_000n);
    const writtenMillis = Math.max(this.now, (this.files.at(-1)?.footer.writtenMillis ?? 0) + 1);
    const footer = { signal, rows: 2, minTime: nanos, maxTime: nanos, writtenMillis } as FileFooter;
    this.files.push(storedFile(`${writtenMillis}.parquet`, bytes, footer));
  }

  restart(awayMillis: number): void {
    this.#retention.save();
    this.now += awayMillis;
    this.monotonic = 5_000;
    this.#retention = this.#open();
  }

  pass(millis: number): readonly string[] {
    this.now += millis;
    this.monotonic += millis;
    const expired = this.#retention.expired(this.files);
    const gone = new Set(expired.map(({ file }) => file));
    this.files = this.files.filter((file) => !gone.has(file));
    this.events.push(...removalEvents(expired));
    return expired.map(({ file, reason }) => `${file.footer.signal} ${reason}`);
  }

  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { footer } of this.files) counts[footer.signal] = (counts[footer.signal] ?? 0) + 1;
    return counts;
  }

  #open(): Retention {
    const options = { directory: this.directory, retentionMillis: 7 * DAY, maxBytes: 1e9, ...this.#limits };
    const clock = { now: () => this.now, monotonic: () => this.monotonic };
    return new Retention(options, this.files, clock, (event) => this.events.push(event));
  }
}

const SIGNALS = ['traces', 'logs', 'metrics'] as const;

function filled(harness: Harness, hours: number): void {
  for (let hour = 0; hour < hours; hour++) {
    for (const signal of SIGNALS) harness.write(signal);
    harness.pass(HOUR);
  }
}

test('each signal has its age limit, and others the general one', () => {
  const harness = new Harness({ retention: { traces: { maxAgeMillis: DAY }, logs: { maxAgeMillis: 2 * DAY } } });
  filled(harness, 10 * 24);
  assert.deepEqual(harness.counts(), { traces: 24, logs: 48, metrics: 7 * 24 });
});

test('a signal beyond its size loses its oldest files, and no other signal', () => {
  const harness = new Harness({ retention: { logs: { maxBytes: 5 } }, maxBytes: 100 });
  filled(harness, 20);
  assert.deepEqual(harness.counts(), { traces: 20, logs: 5, metrics: 20 });
  const [event] = harness.events;
  assert.ok(event?.kind === 'files-removed');
  assert.deepEqual(
    [event.signal, event.reason, event.files, event.rows, event.bytes],
    ['logs', 'signal-size', 1, 2, 1],
  );
});

test('the size limit of the store applies to all signals together', () => {
  const harness = new Harness({ retention: { logs: { maxBytes: 100 } }, maxBytes: 30 });
  filled(harness, 20);
  assert.deepEqual(harness.counts(), { traces: 10, logs: 10, metrics: 10 });
});

test('a jump of the clock removes no more than a step of each signal per hour, also across restarts', () => {
  const harness = new Harness({ retention: { traces: { maxAgeMillis: 2 * DAY } } });
  filled(harness, 7 * 24);
  harness.now += 5 * DAY;
  const before = harness.counts();
  for (let start = 0; start < 5; start++) {
    harness.pass(60_000);
    harness.restart(0);
  }
  const left = harness.counts();
  for (const signal of SIGNALS) assert.ok((before[signal] ?? 0) - (left[signal] ?? 0) <= 1, signal);
  const saved = JSON.parse(readFileSync(join(harness.directory, 'retention.json'), 'utf8'));
  assert.deepEqual(Object.keys(saved), ['expectedMillis', 'heldMillis', 'signals']);
  for (let hour = 0; hour < 40; hour++) harness.pass(HOUR);
  assert.equal(harness.counts()['traces'], undefined);
});

test('generated limits: what is left fits, and nothing newer was removed than something left', () => {
  const limits = fc.record(
    { maxAgeMillis: fc.integer({ min: HOUR, max: 9 * DAY }), maxBytes: fc.integer({ min: 0, max: 60 }) },
    { requiredKeys: [] },
  );
  const retention = fc.record({ traces: limits, logs: limits }, { requiredKeys: [] });
  const writes = fc.array(fc.record({ signal: fc.constantFrom(...SIGNALS), bytes: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(retention, fc.integer({ min: 0, max: 150 }), writes, (signals, maxBytes, all) => {
      const harness = new Harness({ retention: signals as SignalRetention, maxBytes });
      for (const { signal, bytes } of all) {
        const files = [...harness.files];
        harness.write(signal, bytes);
        harness.pass(5 * HOUR);
        const left = new Set(harness.files);
        const sizeOf = (kept: readonly DataFile[]) => kept.reduce((sum, file) => sum + file.bytes, 0);
        assert.ok(sizeOf(harness.files) <= maxBytes);
        for (const name of SIGNALS) {
          const own = harness.files.filter(({ footer }) => footer.signal === name);
          const { maxAgeMillis = 7 * DAY, maxBytes: size = 1e9 } = (signals as SignalRetention)[name] ?? {};
          assert.ok(sizeOf(own) <= size, name);
          for (const file of own) assert.ok(file.footer.writtenMillis + maxAgeMillis >= harness.now, name);
          const removed = files.filter((file) => file.footer.signal === name && !left.has(file));
          const newest = Math.max(0, ...removed.map(({ footer }) => footer.writtenMillis));
          assert.ok(
            own.every(({ footer }) => footer.writtenMillis > newest),
            name,
          );
        }
      }
    }),
    { seed: 15, numRuns: 60 },
  );
});
