import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { batchOf } from '@otelier/testkit/request-codec';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const RECORDS = 160_000;
const PER_FILE = 120_000;
/** Each of these values is in one of so many records, all others are in one record each. */
const FREQUENT = [97, 101, 1009];

/** Returns the ID in a record. */
function idOf(record: number): number {
  return FREQUENT.find((every) => record % every === 0) ?? 1_000_000 + record;
}

function records(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => ({
    timeUnixNano: `${START + BigInt(from + i)}`,
    attributes: [{ key: 'id', value: { intValue: `${idOf(from + i)}` } }],
  }));
}

describe('the most frequent values of a field with more values than are counted', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-facet-'));
  const files = new WrittenFiles(directory);
  let reader: StoreReader;

  before(() => {
    for (let from = 0; from < RECORDS; from += 20_000) {
      const logRecords = records(from, from + 20_000);
      files.append(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
      if (from + 20_000 === PER_FILE) files.cut();
    }
    // With this limit, the engine cannot count them.
    reader = createStoreReader({ directory, access: files, memoryLimitBytes: 8 << 20 });
  });
  after(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const query = { tenant: 'default', start: START, end: START + 10n ** 9n, conditions: [], order: 'newest' } as const;

  test('have exact counts', async () => {
    const found = await reader.logFacet({ ...query, field: 'attributes.id', limit: 4 });
    const expected = FREQUENT.map((value) => ({
      value: String(value),
      count: Array.from({ length: RECORDS }, (_, record) => idOf(record)).filter((one) => one === value).length,
    }));
    assert.deepEqual(found.slice(0, 3), expected);
    assert.equal(found.length, 4);
    assert.equal(found[3]?.count, 1);
  });

  test('satisfy the conditions of the query', async () => {
    const condition = { field: 'attributes.id', op: '>', value: 1_000_000 } as const;
    const found = await reader.logFacet({ ...query, conditions: [condition], field: 'attributes.id', limit: 3 });
    assert.deepEqual(
      found.map(({ count }) => count),
      [1, 1, 1],
    );
    for (const { value } of found) assert.ok(Number(value) > 1_000_000, value);
  });
});
