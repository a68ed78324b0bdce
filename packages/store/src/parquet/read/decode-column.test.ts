import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { cellsOf } from '../../columns/pending/read-cells.ts';
import { type Pick, picks } from '../../read/random-telemetry.testing.ts';
import { flaggedRows } from '../../scan/selection.ts';
import type { ByteEntries, ParquetColumn } from '../column.ts';
import { encodeParquet } from '../file.ts';
import { PLAIN_FILES } from '../file-bytes.ts';
import { CellBudget } from './cell.ts';
import { decodeColumn, dictionaryOf } from './decode-column.ts';
import { readLayout } from './layout.ts';
import { matchTexts } from './match-texts.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-decode-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function entriesOf(texts: readonly string[]): ByteEntries {
  const parts = texts.map((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const starts = new Uint32Array(texts.length + 1);
  parts.forEach((part, i) => {
    starts[i + 1] = (starts[i] ?? 0) + part.length;
  });
  return { bytes: new Uint8Array(Buffer.concat(parts)), starts, count: texts.length };
}

/** Returns columns of every kind, with few or many different values, and without values in some rows. */
function columnsOf(random: Pick, rows: number): readonly ParquetColumn[] {
  const each = (make: () => number) => Uint32Array.from({ length: rows }, make);
  const flags = (share: number) => Uint8Array.from({ length: rows }, () => Number(random(100) < share));
  const texts = (count: number) => entriesOf(Array.from({ length: count }, (_, i) => `ü${i}-${'x'.repeat(random(9))}`));
  const few = texts(3);
  const many = texts(rows);
  const words = (make: () => bigint) => {
    const values = BigInt64Array.from({ length: rows }, make);
    return new Uint32Array(values.buffer);
  };
  const doubles = new Uint32Array(Float64Array.from({ length: rows }, () => (random(1000) - 500) / 7).buffer);
  let time = 1_790_000_000_000_000_000n;
  const pairs = Array.from({ length: rows }, () => random(4));
  const starts = new Uint32Array(rows + 1);
  pairs.forEach((count, row) => {
    starts[row + 1] = (starts[row] ?? 0) + count;
  });
  const elements = Array.from({ length: starts[rows] ?? 0 }, () => random(3) + 1);
  const wide = () => BigInt.asIntN(64, BigInt(random(2 ** 31)) << BigInt(random(33)));
  return [
    { kind: 'bytes', name: 'few', type: 'text', refs: each(() => random(4)), entries: few },
    { kind: 'bytes', name: 'full', type: 'text', refs: each(() => 1 + random(3)), entries: few },
    { kind: 'bytes', name: 'many', type: 'text', refs: each(() => random(rows + 1)), entries: many },
    { kind: 'bytes', name: 'none', type: 'text', refs: each(() => 0), entries: few },
    { kind: 'empty', name: 'empty', type: 'text', rows },
    {
      kind: 'words64',
      name: 'time',
      type: 'time',
      words: words(() => (time += BigInt(random(50_000)))),
      present: undefined,
    },
    { kind: 'words64', name: 'wide', type: 'int64', words: words(wide), present: flags(70) },
    { kind: 'words64', name: 'codes', type: 'int64', words: words(() => -BigInt(random(5))), present: flags(50) },
    { kind: 'words64', name: 'numbers', type: 'double', words: doubles, present: flags(90) },
    { kind: 'words64', name: 'id', type: 'id8', words: words(wide), present: flags(60) },
    { kind: 'words32', name: 'level', type: 'int32', words: each(() => random(20)), present: flags(80) },
    { kind: 'words32', name: 'count', type: 'uint32', words: each(() => random(2 ** 32)), present: undefined },
    { kind: 'bool', name: 'flag', type: 'bool', values: Uint8Array.from({ length: rows }, () => random(3)) },
    {
      ...{ kind: 'map', name: 'map', type: 'map', starts },
      keys: Uint32Array.from(elements),
      keyEntries: few,
      values: Uint32Array.from(elements, () => 1 + random(rows)),
      valueEntries: many,
    },
  ];
}

describe('decoded columns', () => {
  for (const [seed, rows] of [1, 7, 900, 21_000, 67_000].entries()) {
    test(`have the values that were written, ${rows} rows`, () => {
      const columns = columnsOf(picks(seed + 1), rows);
      const path = join(directory, `${seed}.parquet`);
      writeFileSync(
        path,
        Buffer.concat(encodeParquet(columns, { rows, attachment: new Uint8Array(0), metadata: () => ({}) })),
      );
      const file = PLAIN_FILES.open(path);
      let from = 0;
      for (const group of readLayout(file, path)) {
        const sampled = Array.from({ length: group.rows }, (_, row) => row).filter(
          (row) => rows < 1000 || row % 97 === 0,
        );
        for (const column of columns) {
          const decoded = decodeColumn(file, group, column.name);
          assert.ok(decoded, column.name);
          const cells = (one: ParquetColumn, base: number, count: number) =>
            cellsOf(
              one,
              sampled.map((row) => row + base),
              count,
              new CellBudget(Number.POSITIVE_INFINITY),
            );
          assert.deepEqual(cells(decoded, 0, group.rows), cells(column, from, rows), column.name);
          // Rows of which only some pages have any, and few or most of those of a page.
          const only = Uint32Array.from(sampled.filter((row) => row % 40_000 < 15_000 || row % 11 === 0));
          const some = decodeColumn(file, group, column.name, { only });
          assert.ok(some, column.name);
          const isOnly = sampled.map((row) => only.includes(row));
          const chosen = (all: readonly unknown[]) => all.filter((_, i) => isOnly[i]);
          assert.deepEqual(chosen(cells(some, 0, group.rows)), chosen(cells(column, from, rows)), column.name);
        }
        assert.equal(decodeColumn(file, group, 'nowhere'), undefined);
        from += group.rows;
      }
      file.close();
    });

    test(`are matched without decoding them, ${rows} rows`, () => {
      const columns = columnsOf(picks(seed + 1), rows);
      const path = join(directory, `matched-${seed}.parquet`);
      const extras = { rows, attachment: new Uint8Array(0), metadata: () => ({}) };
      writeFileSync(path, Buffer.concat(encodeParquet(columns, extras)));
      const file = PLAIN_FILES.open(path);
      let matched = 0;
      for (const group of readLayout(file, path)) {
        for (const name of ['few', 'full', 'many', 'none', 'nowhere']) {
          const dictionary = dictionaryOf(file, group, name);
          const wanted = Uint8Array.from({ length: (dictionary?.count ?? 0) + 1 }, (_, entry) => entry % 2);
          const found = matchTexts(file, group, name, wanted);
          if (found === undefined) continue;
          const column = decodeColumn(file, group, name);
          const refs = column?.kind === 'bytes' ? column.refs : new Uint32Array(0);
          assert.deepEqual([...found], [...flaggedRows(refs.map((ref) => wanted[ref] ?? 0))], name);
          matched += found.length;
        }
      }
      assert.ok(rows < 7 || matched > 0);
      file.close();
    });
  }
});
