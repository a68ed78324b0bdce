import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { batchOf } from '@otelier/testkit/request-codec';
import { QueryError } from '../contract.ts';
import { createStoreReader, type StoreReader } from './reader.ts';
import { WrittenFiles } from './written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const RANGE = { tenant: 'default', start: START, end: START + 10n ** 12n } as const;
const RECORDS = 40_000;
const LIMIT_BYTES = 32 << 20;
/** What the process may allocate besides statements: buffers of files, results, and the test itself. */
const SLACK_BYTES = 160 << 20;

/** Grouping these records by body needs several times the memory limit. */
function records(from: number) {
  return Array.from({ length: 5000 }, (_, i) => ({
    timeUnixNano: `${START + BigInt(from + i)}`,
    body: { stringValue: `record ${from + i} `.padEnd(1500, 'x') },
  }));
}

describe('the memory limit of all queries', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-ceiling-'));
  const files = new WrittenFiles(directory);
  let reader: StoreReader;

  before(() => {
    for (let from = 0; from < RECORDS; from += 5000) {
      files.append(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: records(from) }] }] }));
      if (from === RECORDS / 2) files.cut();
    }
    files.cut();
    reader = createStoreReader({ directory, access: files, memoryLimitBytes: LIMIT_BYTES });
  });
  after(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const logs = { ...RANGE, conditions: [], order: 'newest' } as const;
  const small = {
    services: () => reader.services(RANGE),
    levels: () => reader.logFacet({ ...logs, field: 'severity', limit: 5 }),
    histogram: () => reader.logHistogram({ ...logs, limit: 1, steps: 5 }),
    keys: () => reader.attributeKeys({ ...RANGE, signal: 'logs', limit: 5 }),
  };
  const large = () => reader.logFacet({ ...logs, field: 'body', limit: 3 });

  test('stops queries that exceed it, and the next ones succeed', async () => {
    const alone = async () => {
      const results: unknown[] = [];
      for (const query of Object.values(small)) results.push(await query());
      return results;
    };
    const expected = await alone();
    const idle = process.memoryUsage.rss();
    let peak = idle;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 5);
    const together = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? large : Object.values(small)[(i >> 1) % 4]));
    const settled = await Promise.allSettled(together.map((query) => query?.()));
    clearInterval(watch);
    for (const [i, one] of settled.entries()) {
      if (i % 2 === 0) assert.equal(one.status, 'rejected', `query ${i}`);
      if (one.status === 'fulfilled') continue;
      assert.ok(one.reason instanceof QueryError, String(one.reason));
      assert.match(one.reason.message, /the query exceeds its memory limit/);
    }
    assert.ok(peak - idle < 2 * LIMIT_BYTES + SLACK_BYTES, `${(peak - idle) >> 20} MiB above idle`);
    assert.deepEqual(await alone(), expected);
    assert.equal(files.pinned, 0);
  });
});
