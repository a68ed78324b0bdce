import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeSummary } from '../../summaries/encode.ts';
import { SummaryMerger } from './merge.ts';
import type { SummarySource } from './protocol.ts';

const MINUTE = 60_000_000_000n;

/** Returns a summary of one service with a number of items in a minute, all of them with severity 2. */
function summaryOf(items: number, cell = 10): Uint8Array {
  return encodeSummary({
    ...{ cellSeconds: 60, strings: ['', 'shop'], operations: undefined, hasNames: false, errors: undefined },
    services: [{ cell, service: 1, version: 0, items, serving: false, lastOffset: 5 }],
    volumes: undefined,
    severities: [{ cell, service: 1, level: 2, count: items }],
  });
}

test('reads a snapshot again that a restarted store thread has written under the same name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-merge-'));
  const path = join(directory, 'tail', '0.parquet');
  mkdirSync(join(directory, 'tail'));
  const merger = new SummaryMerger();
  for (const items of [3, 4]) {
    const bytes = summaryOf(items);
    writeFileSync(path, bytes);
    const { parts, damaged } = merger.merge({
      ...{ kind: 'services', start: 0n, end: 10n ** 15n, steps: 1, service: undefined },
      sources: [{ path, offset: 0, length: bytes.length, skip: [], minTime: 10n * MINUTE, maxTime: 10n * MINUTE }],
    });
    assert.deepEqual(damaged, []);
    assert.deepEqual(
      parts.flatMap(({ services = [] }) => services.map((one) => [one.service, one.items])),
      [['shop', items]],
    );
  }
  rmSync(directory, { recursive: true });
});

test('reads only new files and those at the edges when a range moves by whole steps', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-merge-'));
  mkdirSync(join(directory, 'data'));
  const merger = new SummaryMerger(0);
  const sources: SummarySource[] = [];
  const addFile = (minute: number): void => {
    const bytes = summaryOf(minute, minute);
    const path = join(directory, 'data', `1-f${String(minute).padStart(8, '0')}.parquet`);
    writeFileSync(path, bytes);
    const time = BigInt(minute) * MINUTE;
    sources.push({ path, offset: 0, length: bytes.length, skip: [], minTime: time + 5n, maxTime: time + 5n });
  };
  for (let minute = 1; minute <= 40; minute++) addFile(minute);
  const ask = (fromMinute: number, length: number) => {
    const range = { start: BigInt(fromMinute) * MINUTE, end: BigInt(fromMinute + length) * MINUTE };
    const inRange = sources.filter(({ minTime }) => minTime >= range.start && minTime < range.end);
    const { parts, damaged } = merger.merge({
      ...{ kind: 'severities', ...range, steps: length / 5, service: undefined, sources: inRange },
    });
    const counts = parts.flatMap(({ severities = [] }) => severities).map(({ step, count }) => [step, count] as const);
    return { counts: counts.sort(([a], [b]) => a - b), damaged };
  };
  const expected = (fromMinute: number, length: number) =>
    Array.from({ length: length / 5 }, (_, step) => {
      const minutes = Array.from({ length: 5 }, (_unused, i) => fromMinute + step * 5 + i);
      return [step, minutes.filter((minute) => minute <= sources.length).reduce((a, b) => a + b, 0)];
    });
  assert.deepEqual(ask(1, 40), { counts: expected(1, 40), damaged: [] });
  // Files 8 to 39 are in whole groups, of which those from 8 on do not contain the edge of the next range.
  for (const { path } of sources.slice(7, 39)) rmSync(path);
  addFile(41);
  addFile(42);
  addFile(43);
  addFile(44);
  addFile(45);
  assert.deepEqual(ask(6, 40), { counts: expected(6, 40), damaged: [] });
  assert.ok(ask(10, 20).damaged.length > 0, 'other groups are read again');
  rmSync(directory, { recursive: true });
});
