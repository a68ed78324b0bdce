import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BytesBuilder } from '../columns/values/bytes-builder.ts';
import type { ByteEntries, ParquetColumn } from './column.ts';
import { encodeParquet } from './file.ts';
import { PLAIN_FILES } from './file-bytes.ts';
import type { Cell } from './read/cell.ts';
import { eachCell } from './read/each-cell.ts';
import { readLayout } from './read/layout.ts';
import { readRows } from './read/read-rows.ts';
import { queryDuckDb, readTwice } from './readers.testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-parquet-'));
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;

/** Writes columns and checks that both readers, and the reader of single rows, return `expected`. */
async function assertReadsBack(columns: readonly ParquetColumn[], expected: readonly Record<string, unknown>[]) {
  const bytes = join8(
    encodeParquet(columns, { rows: expected.length, attachment: new Uint8Array(0), metadata: () => ({}) }),
  );
  const path = join(directory, `${files++}.parquet`);
  const readings = await readTwice(bytes, path);
  assertRowsReadBack(path, expected);
  for (const reader of ['hyparquet', 'duckdb'] as const) {
    assert.equal(readings[reader].length, expected.length, `${reader}: rows`);
    for (let row = 0; row < expected.length; row++) {
      assert.deepEqual({ ...readings[reader][row] }, expected[row], `${reader}, row ${row}`);
    }
  }
}

/** Reads every row with the store's own reader, column by column and row by row, and then a few rows. */
function assertRowsReadBack(path: string, expected: readonly Record<string, unknown>[]): void {
  const file = PLAIN_FILES.open(path);
  const few = numbers(expected.length);
  for (const isWanted of [() => true, () => few() % 5000 === 0]) {
    let first = 0;
    for (const group of readLayout(file, path)) {
      const rows = Array.from({ length: group.rows }, (_, row) => row).filter(isWanted);
      const names = Object.keys(expected[0] ?? {});
      const iterators = names.map((name) => eachCell(file, group, name));
      const inTurns = rows.length < group.rows ? [] : rows.map(() => iterators.map((cells) => cells.next().value));
      for (const [index, name] of names.entries()) {
        const chunk = group.chunks.get(name);
        const plain = (cell: Cell): unknown => {
          if (cell instanceof Map) return Object.fromEntries(cell);
          if (chunk?.type === 'id8') return cell === null ? null : `bytes:${cell}`;
          return cell instanceof Uint8Array ? `bytes:${Buffer.from(cell).toString('hex')}` : cell;
        };
        const ofColumn = inTurns.map((cells) => plain(cells[index] ?? null));
        if (inTurns.length > 0)
          assert.deepEqual(
            ofColumn,
            rows.map((row) => expected[first + row]?.[name]),
            name,
          );
        const cells = readRows(file, group, name, rows);
        assert.deepEqual(
          cells.map(plain),
          rows.map((row) => expected[first + row]?.[name]),
          name,
        );
      }
      first += group.rows;
    }
  }
  file.close();
}

function join8(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Returns a reproducible generator of integers in [0, 2^32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
}

/** Converts values to entries and references, numbered as a dictionary builder numbers them. */
function bytesColumn(name: string, type: 'text' | 'bytes', values: readonly (string | undefined)[]) {
  const known = new Map<string, number>();
  const pieces: Buffer[] = [];
  const starts = [0];
  const refs = new Uint32Array(values.length);
  values.forEach((value, row) => {
    if (value === undefined) return;
    let entry = known.get(value);
    if (entry === undefined) {
      const text = Buffer.from(value);
      const piece = Buffer.alloc(4 + text.length);
      piece.writeUInt32LE(text.length);
      text.copy(piece, 4);
      pieces.push(piece);
      starts.push((starts.at(-1) ?? 0) + piece.length);
      entry = starts.length - 1;
      known.set(value, entry);
    }
    refs[row] = entry;
  });
  const entries: ByteEntries = {
    bytes: Buffer.concat(pieces),
    starts: Uint32Array.from(starts),
    count: starts.length - 1,
  };
  return { kind: 'bytes', name, type, refs, entries } as const;
}

function words64(name: string, type: 'time' | 'int64' | 'double' | 'id8', values: readonly (bigint | undefined)[]) {
  const words = new Uint32Array(values.length * 2);
  const present = new Uint8Array(values.length);
  values.forEach((value, row) => {
    if (value === undefined) return;
    words[row * 2] = Number(BigInt.asUintN(32, value));
    words[row * 2 + 1] = Number(BigInt.asUintN(32, value >> 32n));
    present[row] = 1;
  });
  return { kind: 'words64', name, type, words, present } as const;
}

const doubleBits = (value: number) => new BigInt64Array(new Float64Array([value]).buffer)[0] ?? 0n;

const ROWS = 45_000; // three pages

test('text by dictionary, plainly, with runs, with and without nulls reads back in both readers', async () => {
  const random = numbers(1);
  const few = Array.from({ length: ROWS }, () => `value ${random() % 7}`);
  const runs = Array.from({ length: ROWS }, (_, row) => (row % 1000 < 700 ? 'same' : `other ${random() % 300}`));
  const gaps = Array.from({ length: ROWS }, () => (random() % 3 === 0 ? undefined : `ünïcode ${random() % 5000}`));
  const unique = Array.from({ length: ROWS }, (_, row) => (row % 5 === 0 ? undefined : `message ${row} ${random()}`));
  const none = Array.from({ length: ROWS }, () => undefined);
  await assertReadsBack(
    [
      bytesColumn('few', 'text', few),
      bytesColumn('runs', 'text', runs),
      bytesColumn('gaps', 'text', gaps),
      bytesColumn('unique', 'text', unique),
      bytesColumn('none', 'text', none),
    ],
    few.map((_, row) => ({
      few: few[row],
      runs: runs[row],
      gaps: gaps[row] ?? null,
      unique: unique[row] ?? null,
      none: null,
    })),
  );
});

test('every index width up to 16 bits reads back', async () => {
  const random = numbers(2);
  const columns: ParquetColumn[] = [];
  const values: string[][] = [];
  for (let width = 0; width <= 14; width++) {
    const column = Array.from({ length: ROWS }, () => `v${random() % (1 << width)}`);
    values.push(column);
    columns.push(bytesColumn(`w${width}`, 'text', column));
  }
  await assertReadsBack(
    columns,
    Array.from({ length: ROWS }, (_, row) =>
      Object.fromEntries(values.map((column, width) => [`w${width}`, column[row]])),
    ),
  );
});

test('64-bit integers of every magnitude and sign, times and doubles read back', async () => {
  const random = numbers(3);
  const wide = () => (BigInt(random()) << 32n) | BigInt(random());
  const columns: Record<string, (bigint | undefined)[]> = {
    small: [],
    noise: [],
    steps: [],
    wild: [],
    extremes: [],
    time: [],
  };
  const doubles: (number | undefined)[] = [];
  let time = 1_764_000_000_000_000_000n;
  const edges = [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 1n, 2n ** 53n, -(2n ** 53n) - 1n];
  for (let row = 0; row < ROWS; row++) {
    time += BigInt(random() % 5000) - 100n;
    columns['small']?.push(BigInt((random() % 9) - 4));
    columns['noise']?.push(row % 7 === 0 ? undefined : BigInt(random() % 100_000_000));
    columns['steps']?.push(BigInt(row) * 1_000_000_007n - 5n * 10n ** 15n);
    columns['wild']?.push(BigInt.asIntN(64, wide() >> BigInt(random() % 64)));
    columns['extremes']?.push(edges[random() % edges.length]);
    columns['time']?.push(time);
    doubles.push(row % 11 === 0 ? undefined : (random() % 1000) / 8 - 50 + (row > 30_000 ? random() / 7 : 0));
  }
  await assertReadsBack(
    [
      ...Object.entries(columns).map(([name, values]) => words64(name, name === 'time' ? 'time' : 'int64', values)),
      words64(
        'double',
        'double',
        doubles.map((value) => (value === undefined ? undefined : doubleBits(value))),
      ),
    ],
    Array.from({ length: ROWS }, (_, row) => ({
      ...Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row] ?? null])),
      double: doubles[row] ?? null,
    })),
  );
});

test('every width of packed differences up to 53 bits reads back', async () => {
  const random = numbers(4);
  const columns: (readonly [string, bigint[]])[] = [];
  for (let bits = 0; bits <= 54; bits++) {
    const mask = (1n << BigInt(bits)) - 1n;
    let value = 0n;
    columns.push([
      `b${bits}`,
      Array.from({ length: 1000 }, () => {
        const noise = ((BigInt(random()) << 32n) | BigInt(random())) & mask;
        value = BigInt.asIntN(64, value + noise);
        return value;
      }),
    ]);
  }
  await assertReadsBack(
    columns
      .map(([name, values]) => words64(name, 'time', values))
      .map((column) => ({ ...column, type: 'int64' as const })),
    Array.from({ length: 1000 }, (_, row) =>
      Object.fromEntries(columns.map(([name, values]) => [name, values[row] ?? null])),
    ),
  );
});

test('ids, 32-bit integers of both signs and booleans read back', async () => {
  const random = numbers(5);
  const ids = Array.from({ length: ROWS }, (_, row) =>
    row % 8 === 0 ? undefined : (BigInt(random()) << 32n) | BigInt(random()),
  );
  const signed = Int32Array.from({ length: ROWS }, () => random() | 0);
  const unsigned = Uint32Array.from({ length: ROWS }, (_, row) => (row < 100 ? 0xffff_ffff - row : random() % 3));
  const present = Uint8Array.from({ length: ROWS }, () => random() % 2);
  const bools = Uint8Array.from({ length: ROWS }, () => random() % 3);
  const idText = (id: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(id);
    return `bytes:${bytes.toString('hex')}`;
  };
  await assertReadsBack(
    [
      words64('id', 'id8', ids),
      { kind: 'words32', name: 'signed', type: 'int32', words: new Uint32Array(signed.buffer), present: undefined },
      { kind: 'words32', name: 'unsigned', type: 'uint32', words: unsigned, present },
      { kind: 'bool', name: 'bool', type: 'bool', values: bools },
    ],
    ids.map((id, row) => ({
      id: id === undefined ? null : idText(id),
      signed: signed[row],
      unsigned: present[row] === 0 ? null : unsigned[row],
      bool: bools[row] === 0 ? null : bools[row] === 2,
    })),
  );
});

test('maps with no, one and many pairs a row read back, also when all are empty', async () => {
  const random = numbers(6);
  const starts = [0];
  const keys: string[] = [];
  const values: string[] = [];
  const rows: Record<string, string>[] = [];
  for (let row = 0; row < ROWS; row++) {
    const pairs = random() % 4;
    const expected: Record<string, string> = {};
    for (let pair = 0; pair < pairs; pair++) {
      const key = `key ${pair * 10 + (random() % 10)}`;
      const value = JSON.stringify(`value ${random() % 1000}`);
      keys.push(key);
      values.push(value);
      expected[key] = value;
    }
    starts.push(keys.length);
    rows.push(expected);
  }
  const keyColumn = bytesColumn('', 'text', keys);
  const valueColumn = bytesColumn('', 'text', values);
  const map = {
    kind: 'map',
    name: 'full',
    type: 'map',
    starts: Uint32Array.from(starts),
    keys: keyColumn.refs,
    keyEntries: keyColumn.entries,
    values: valueColumn.refs,
    valueEntries: valueColumn.entries,
  } as const;
  const empty = { ...map, name: 'empty', starts: new Uint32Array(ROWS + 1) };
  await assertReadsBack(
    [map, empty],
    rows.map((full) => ({ full, empty: {} })),
  );
});

test('DuckDB prunes by bounds and counts no row wrongly', async () => {
  const times = Array.from({ length: 3000 }, (_, row) => 1_764_000_000_000_000_000n + BigInt(row) * 1_000_000n);
  const names = times.map((_, row) => `name ${row % 50}`);
  const path = join(directory, 'bounds.parquet');
  const bytes = join8(
    encodeParquet([words64('time', 'time', times), bytesColumn('name', 'text', names)], {
      rows: times.length,
      attachment: new Uint8Array([1, 2, 3]),
      metadata: ({ offset, length }) => ({ otelier: `${offset},${length}` }),
    }),
  );
  await readTwice(bytes, path);
  const [counted] = await queryDuckDb(
    `select count(*) filter (name = 'name 49') as a, (select count(*) from read_parquet('${path}') where name > 'name 5') as b,
       (select count(*) from read_parquet('${path}') where time >= make_timestamp_ns(1764000001000000000)) as c,
       (select count(*) from read_parquet('${path}') where name = 'name 500') as d from read_parquet('${path}')`,
  );
  assert.deepEqual(
    { ...counted },
    { a: 60n, b: BigInt(names.filter((name) => name > 'name 5').length), c: 2000n, d: 0n },
  );
  const [bounds] = await queryDuckDb(
    `select stats_min_value as low, stats_max_value as high from parquet_metadata('${path}') where path_in_schema = 'name'`,
  );
  assert.deepEqual({ ...bounds }, { low: 'name 0', high: 'name 9' });
  const [metadata] = await queryDuckDb(`select decode(value) as value from parquet_kv_metadata('${path}')`);
  const [offset, length] = String(metadata?.['value']).split(',').map(Number);
  assert.deepEqual([...bytes.subarray(offset, (offset ?? 0) + (length ?? 0))], [1, 2, 3]);
});

test('large values, each another one, are a dictionary and read back', async () => {
  const texts = Array.from({ length: 40 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(40_000) + i);
  const builder = new BytesBuilder(true);
  for (const [row, text] of texts.entries()) builder.setBytes(row, Buffer.from(text));
  await assertReadsBack(
    [builder.column('text', 'text', 0, texts.length)],
    texts.map((text) => ({ text })),
  );
});
