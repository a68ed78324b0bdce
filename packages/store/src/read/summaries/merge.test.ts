import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeSummary } from '../../summaries/encode.ts';
import { SummaryMerger } from './merge.ts';

/** Returns a summary of one service with a number of items. */
function summaryOf(items: number): Uint8Array {
  return encodeSummary({
    ...{ cellSeconds: 60, strings: ['', 'shop'], operations: undefined, hasNames: false },
    ...{ errors: undefined, severities: undefined },
    services: [{ cell: 10, service: 1, version: 0, items, serving: false, lastOffset: 5 }],
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
      sources: [{ path, offset: 0, length: bytes.length, skip: [] }],
    });
    assert.deepEqual(damaged, []);
    assert.deepEqual(
      parts.flatMap(({ services = [] }) => services.map((one) => [one.service, one.items])),
      [['shop', items]],
    );
  }
  rmSync(directory, { recursive: true });
});
