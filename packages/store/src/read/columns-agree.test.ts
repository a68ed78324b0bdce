import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { localContext, type Signal } from '@otelier/otlp';
import { blastSpans, createRandom } from '../columns/blast.testing.ts';
import { EveryField } from '../columns/every-field.testing.ts';
import type { Store } from '../contract.ts';
import { openStore } from '../open.ts';
import { readTwice } from '../parquet/readers.testing.ts';
import { ATTRIBUTE_COLUMN_TYPES, COLUMNS, type ColumnType, parseAttributeColumn } from '../schema.ts';

const SIGNALS = ['traces', 'logs', 'metrics', 'profiles'] as const;
const ARRIVAL_MILLIS = Date.now();

let directory: string;
let store: Store;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-columns-'));
  store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER });
});
after(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

async function append(signal: Signal, tenant: string, part: Uint8Array): Promise<void> {
  const context = { ...localContext(ARRIVAL_MILLIS), tenant };
  const batch = { signal, parts: [part], itemCount: 1, sizeBytes: part.length, context };
  assert.deepEqual(await store.append(batch), { kind: 'accepted' });
}

/** Reads the rows of each of a tenant's files with two readers and checks that they agree. */
async function readings(tenant: string, signal: Signal): Promise<readonly Record<string, unknown>[]> {
  const signalDirectory = join(directory, 'data', tenant, signal);
  const entries = readdirSync(signalDirectory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.ok(paths.length > 0);
  const rows: Record<string, unknown>[] = [];
  for (const path of paths) {
    const { duckdb, hyparquet } = await readTwice(readFileSync(path), join(directory, 'copy.parquet'));
    assert.deepEqual(duckdb, hyparquet, `${path}: DuckDB and hyparquet read the same`);
    rows.push(...duckdb);
  }
  return rows;
}

/** The JavaScript type of each column type's values in both readers. */
const PLAIN_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'string',
  bytes: 'string',
  id8: 'string',
  time: 'bigint',
  int64: 'bigint',
  int32: 'number',
  uint32: 'number',
  double: 'number',
  bool: 'boolean',
  map: 'object',
};

for (const signal of SIGNALS) {
  test(`${signal}: two readers agree on every column of stored requests that use every field`, async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const every = new EveryField(createRandom(seed));
      for (let i = 0; i < 60; i++) {
        await append(signal, 'fields', signal === 'profiles' ? Uint8Array.of(0x0a, i) : every[signal]());
      }
      await store.flush();
    }
    const rows = await readings('fields', signal);
    const seen = plainTypes(rows);
    const expected = new Map<string, ColumnType>(Object.entries(COLUMNS[signal]));
    for (const column of seen.keys()) {
      const promoted = parseAttributeColumn(column);
      if (promoted !== undefined) expected.set(column, ATTRIBUTE_COLUMN_TYPES[promoted.type]);
    }
    assert.deepEqual([...seen.keys()].sort(), [...expected.keys()].sort(), 'the columns of the schema and no others');
    for (const [column, type] of expected) {
      // This test stores only an empty profiles message.
      if (signal === 'profiles' && column === 'service_name') continue;
      assert.deepEqual([...(seen.get(column) ?? [])], [PLAIN_TYPES[type]], `${column} has values, all of its type`);
    }
  });
}

/** Returns the non-null value types in each column. */
function plainTypes(rows: readonly object[]): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>();
  for (const [column, value] of rows.flatMap((row) => Object.entries(row))) {
    const types = seen.get(column) ?? new Set();
    seen.set(column, types);
    if (value !== null) types.add(typeof value);
  }
  return seen;
}

test('two readers agree on a file of several row groups', async () => {
  const random = createRandom(5);
  const start = BigInt(ARRIVAL_MILLIS - 1000) * 1_000_000n;
  for (let i = 0; i < 33; i++) await append('traces', 'groups', blastSpans(random, 2000, start + BigInt(i) * 1000n));
  await store.flush();
  const rows = await readings('groups', 'traces');
  assert.equal(rows.length, 66_000);
  const spans = await store.sql?.query({
    tenant: 'groups',
    statement: 'SELECT count(*), count(DISTINCT trace_id), count(DISTINCT span_id), sum(duration_ns) FROM spans',
  });
  const distinct = (column: string) => new Set(rows.map((row) => row[column])).size;
  const total = rows.reduce((sum, row) => sum + Number(row['duration_ns']), 0);
  assert.deepEqual(spans?.rows, [[66_000, distinct('trace_id'), distinct('span_id'), total]]);
});
