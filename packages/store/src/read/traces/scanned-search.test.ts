import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createMemoryStore } from '@otelier/testkit';
import type { Store, TraceQuery } from '../../contract.ts';
import { conditionOf } from '../random-conditions.testing.ts';
import { picks, RandomTelemetry } from '../random-telemetry.testing.ts';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const HOUR = { tenant: 'default', start: START, end: START + 3_600_000_000_000n };

describe('traces found without the engine', () => {
  for (const seed of [1, 2]) {
    describe(`seed ${seed}`, () => {
      const directory = mkdtempSync(join(tmpdir(), 'otelier-scanned-'));
      const files = new WrittenFiles(directory);
      const memory = createMemoryStore();
      const readers: StoreReader[] = [];
      before(async () => {
        const telemetry = new RandomTelemetry(picks(seed), START);
        for (let file = 0; file < 4; file++) {
          for (let i = 0; i < 4; i++) {
            const batch = telemetry.traces(40);
            files.append(batch);
            await memory.append(batch);
          }
          if (file < 3) files.cut();
        }
        for (const countedRows of [50, 1_000_000])
          readers.push(createStoreReader({ directory, access: files, countedRows }));
      });
      after(async () => {
        await Promise.all(readers.map((reader) => reader.close()));
        files.remove();
      });

      test('are those of a scan of every row', async () => {
        const pick = picks(seed * 100);
        const [early, exact] = readers;
        assert.ok(early && exact);
        for (let i = 0; i < 40; i++) {
          const conditions = Array.from({ length: pick(3) }, () => conditionOf(pick));
          const start = HOUR.start + BigInt(pick(4)) * 600_000_000_000n + BigInt(pick(2));
          const query = { ...HOUR, start, conditions, orderBy: 'time' as const };
          const message = JSON.stringify(conditions);
          const wanted = await memory.searchTraces({ ...query, limit: 100_000 });
          const found = await exact.searchTraces({ ...query, limit: 100_000 });
          assert.equal(found.total, wanted.total, message);
          assert.deepEqual(byId(found), byId(wanted), message);
          // `selectSpans`, which tells the order, lets a condition on a list hold.
          if (conditions.some(({ field }) => field === 'attributes.mixed')) continue;
          const limit = 1 + pick(30);
          const some = await early.searchTraces({ ...query, limit });
          assert.deepEqual(
            some.traces.map(({ traceId }) => traceId),
            await newestIds(memory, query, limit),
            message,
          );
        }
      });

      test('need no snapshot of the pending rows', async () => {
        const before = files.snapshots;
        for (const reader of readers) {
          const conditions = [{ field: 'attributes.http.route', op: '=', value: '/cart' }] as const;
          await reader.searchTraces({ ...HOUR, conditions, limit: 5, orderBy: 'time' });
        }
        assert.equal(files.snapshots, before);
        assert.equal(files.pinned, 0);
      });
    });
  }
});

function byId({ traces }: { readonly traces: readonly { readonly traceId: string }[] }) {
  return traces.toSorted((a, b) => (a.traceId < b.traceId ? -1 : 1));
}

/** Returns the traces with the newest first matching spans. */
async function newestIds(
  store: Store,
  { conditions, ...query }: Omit<TraceQuery, 'limit'>,
  limit: number,
): Promise<readonly string[]> {
  const filters = conditions.map((condition) => ({ kind: 'condition', condition }) as const);
  const first = new Map<string, bigint>();
  const matching = new Set(
    (await store.searchTraces({ ...query, conditions, limit: 100_000 })).traces.map(({ traceId }) => traceId),
  );
  for await (const spans of store.selectSpans({ ...query, filter: { kind: 'all', filters }, parts: {} })) {
    for (const { traceId, start } of spans) {
      const known = first.get(traceId);
      if (known === undefined || start < known) first.set(traceId, start);
    }
  }
  return [...first]
    .filter(([traceId]) => matching.has(traceId))
    .sort(([a, timeA], [b, timeB]) => (timeA === timeB ? (a < b ? -1 : 1) : timeA > timeB ? -1 : 1))
    .slice(0, limit)
    .map(([traceId]) => traceId);
}
