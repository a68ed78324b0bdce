import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Signal, WireWriter } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit';
import type { ByteEntries, ParquetColumn, PlainColumn } from '../../parquet/column.ts';
import { createBuilder } from '../builders.ts';
import type { SignalBuilder } from '../signal-builder.ts';

const WHOLE = { skip: 0, maxBytes: Number.POSITIVE_INFINITY };

type Random = (below: number) => number;
type WriteItem = (writer: WireWriter, random: Random) => void;

test('items of large requests become the rows that they become in requests of their own', () => {
  for (const [signal, write] of Object.entries(ITEMS) as [Signal, WriteItem][]) {
    for (let seed = 1; seed <= 3; seed++) {
      const random = createRandom(seed);
      const items = Array.from({ length: 300 + random(1200) }, () => encode(write, random));
      const together = createBuilder(signal);
      const apart = createBuilder(signal);
      for (let from = 0; from < items.length; from += 700) {
        together.append(requestOf(items.slice(from, from + 700)), 1, WHOLE);
      }
      for (const item of items) apart.append(requestOf([item]), 1, WHOLE);
      assert.deepEqual(rowsOf(together), rowsOf(apart), `${signal}, seed ${seed}`);
    }
  }
});

test('a request with more distinct values than the dictionary of a request has entries is stored whole', () => {
  const items = Array.from({ length: 1000 }, (_, row) => {
    const writer = new WireWriter();
    span(writer, row);
    for (let i = 0; i < 20; i++) text(writer, 9, `key ${i}`, `value ${row * 20 + i}`);
    return writer.finish();
  });
  const builder = createBuilder('traces');
  builder.append(requestOf(items), 1, WHOLE);
  const rows = rowsOf(builder);
  assert.equal(rows.length, 1000);
  rows.forEach((row, i) => {
    for (let k = 0; k < 20; k++) assert.equal(row[`a.key ${k}#s`], `value ${i * 20 + k}`);
  });
});

test('a request that cannot be read leaves the builder unchanged', () => {
  const whole = Array.from({ length: 200 }, (_, row) => {
    const writer = new WireWriter();
    span(writer, row);
    text(writer, 9, 'key', `value ${row}`);
    return writer.finish();
  });
  const builder = createBuilder('traces');
  builder.append(requestOf(whole), 1, WHOLE);
  const before = rowsOf(builder);
  const damaged = [...whole.slice(0, 150), Buffer.from([0x4a, 0x7f]), ...whole.slice(150)];
  assert.throws(() => builder.append(requestOf(damaged), 1, WHOLE));
  assert.deepEqual(rowsOf(builder), before);
});

/** Reads every column of every row. Times that the arrival replaces are the same in both builders. */
function rowsOf(builder: SignalBuilder): Record<string, unknown>[] {
  const table = builder.table(0, builder.rows);
  const rows: Record<string, unknown>[] = Array.from({ length: builder.rows }, () => ({}));
  for (const column of table.columns) {
    // Only the first item of a request starts a resource and a scope.
    if (column.name === 'bits') continue;
    valuesOf(column, builder.rows).forEach((value, row) => {
      if (value !== undefined) (rows[row] as Record<string, unknown>)[column.name] = value;
    });
  }
  return rows;
}

function valuesOf(deferred: ParquetColumn, rows: number): readonly unknown[] {
  const column: PlainColumn = deferred.kind === 'deferred' ? deferred.slice(0, rows) : deferred;
  return Array.from({ length: rows }, (_, row) => valueAt(column, row));
}

function valueAt(column: PlainColumn, row: number): unknown {
  switch (column.kind) {
    case 'empty':
      return undefined;
    case 'bytes':
      return entryOf(column.entries, column.refs[row] ?? 0);
    case 'words32':
      return column.present?.[row] === 0 ? undefined : column.words[row];
    case 'words64':
      return column.present?.[row] === 0 ? undefined : `${column.words[row * 2]} ${column.words[row * 2 + 1]}`;
    case 'bool':
      return column.values[row] === 0 ? undefined : column.values[row] === 2;
    case 'map':
      return Array.from({ length: (column.starts[row + 1] ?? 0) - (column.starts[row] ?? 0) }, (_, i) => {
        const at = (column.starts[row] ?? 0) + i;
        return [entryOf(column.keyEntries, column.keys[at] ?? 0), entryOf(column.valueEntries, column.values[at] ?? 0)];
      }).sort();
  }
}

function entryOf({ bytes, starts }: ByteEntries, entry: number): string | undefined {
  if (entry === 0) return undefined;
  return Buffer.from(bytes.subarray((starts[entry - 1] ?? 0) + 4, starts[entry])).toString('latin1');
}

function encode(write: WriteItem, random: Random): Uint8Array {
  const writer = new WireWriter();
  write(writer, random);
  return writer.finish();
}

function requestOf(items: readonly Uint8Array[]): Uint8Array {
  return new WireWriter()
    .message(1, (resource) =>
      resource.message(2, (scope) => {
        for (const item of items) scope.bytesField(2, item);
      }),
    )
    .finish();
}

function span(writer: WireWriter, row: number): void {
  writer
    .bytesField(1, Buffer.alloc(16, row))
    .bytesField(2, Buffer.alloc(8, row + 1))
    .stringField(5, 'name');
  writer.fixed64Field(7, 1_000n).fixed64Field(8, 2_000n);
}

function text(writer: WireWriter, field: number, key: string, value: string): void {
  writer.message(field, (pair) => pair.stringField(1, key).message(2, (any) => any.stringField(1, value)));
}

/** Writes attributes of a few shapes: mostly the same keys, with values of all types, lengths and encodings. */
function attributes(writer: WireWriter, field: number, random: Random): void {
  const shape = random(4);
  const count = random(5) === 0 ? random(12) : 5;
  for (let i = 0; i < count; i++) {
    const key = random(40) === 0 ? KEYS[random(KEYS.length)] : `${shape} key ${i}`;
    writer.message(field, (pair) => {
      pair.stringField(1, key ?? '');
      if (random(200) === 0) return;
      pair.message(2, (any) => {
        const kind = random(15) === 0 ? random(8) : i % 5;
        if (kind === 0) any.stringField(1, `value ${random(9)}`);
        else if (kind === 1) any.bigIntField(3, BigInt.asUintN(64, INTEGERS[random(INTEGERS.length)] ?? 0n));
        else if (kind === 2) any.raw(Buffer.from([0x21, ...(DOUBLES[random(DOUBLES.length)] ?? [])]));
        else if (kind === 3) any.raw(Buffer.from([0x10, random(20) === 0 ? 2 : random(2)]));
        else if (kind === 4) any.bytesField(1, Buffer.from('x'.repeat(LENGTHS[random(LENGTHS.length)] ?? 0)));
        else if (kind === 5) any.bytesField(1, Buffer.from([0xff, 0x41, random(256)]));
        else if (kind === 6) any.stringField(1, 'größer');
        else any.message(5, (list) => list.message(1, (inner) => inner.stringField(1, 'listed')));
      });
    });
  }
}

const KEYS = ['', 'rare', 'größe', 'k'.repeat(130), '0 key 1'];
const INTEGERS = [0n, 1n, 127n, 128n, 300n, -1n, 2n ** 40n, -(2n ** 63n)];
const LENGTHS = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 60, 100, 130, 500];
const DOUBLES = [0, -0, 1.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY]
  .map((value) => [...new Uint8Array(new Float64Array([value]).buffer)])
  .concat([[1, 0, 0, 0, 0, 0, 0xf8, 0x7f]]);

const sometimes = (random: Random, one: number, write: () => unknown): void => {
  if (random(one) === 0) write();
};

const ITEMS: Readonly<Partial<Record<Signal, WriteItem>>> = {
  traces(writer, random) {
    const trace = random(50) === 0 ? Buffer.alloc(random(20), 7) : Buffer.alloc(16, random(3));
    writer.bytesField(1, trace).bytesField(2, Buffer.alloc(random(50) === 0 ? random(10) : 8, random(9)));
    sometimes(random, 2, () => writer.bytesField(4, Buffer.alloc(8, random(9))));
    sometimes(random, 9, () => writer.stringField(3, random(2) === 0 ? 'a=1' : 'ä=1'));
    if (random(40) > 0) writer.bytesField(5, Buffer.from(random(30) === 0 ? [0xff] : `name ${random(7)}`));
    sometimes(random, 2, () => writer.varintField(6, random(20) === 0 ? 200 : random(7)));
    if (random(40) > 0) writer.fixed64Field(7, random(30) === 0 ? 2n ** 63n : BigInt(random(1e9)));
    if (random(40) > 0) writer.fixed64Field(8, random(30) === 0 ? 0n : BigInt(random(1e9)));
    attributes(writer, 9, random);
    sometimes(random, 5, () => writer.varintField(10, random(300)));
    sometimes(random, 20, () => writer.message(11, (event) => event.fixed64Field(1, 5n).stringField(2, 'event')));
    sometimes(random, 9, () => writer.varintField(12, random(3)));
    sometimes(random, 4, () =>
      writer.message(15, (status) => {
        sometimes(random, 2, () => status.stringField(2, random(9) === 0 ? 'größer' : `failed ${random(3)}`));
        sometimes(random, 2, () => status.varintField(3, random(4)));
        sometimes(random, 20, () => status.varintField(9, 1));
      }),
    );
    sometimes(random, 3, () => writer.raw(Buffer.from([0x85, random(9) === 0 ? 3 : 1, random(3), 1, 0, 0])));
    sometimes(random, 60, () => writer.raw(Buffer.from([0xa0, 0x06, 1])));
  },
  logs(writer, random) {
    if (random(30) > 0) writer.fixed64Field(1, BigInt(random(1e9)));
    sometimes(random, 2, () => writer.fixed64Field(11, BigInt(random(1e9))));
    if (random(9) > 0) writer.varintField(2, random(30) === 0 ? 500 : random(25));
    if (random(9) > 0) writer.stringField(3, random(30) === 0 ? 'größer' : 'INFO');
    sometimes(random, 9, () => writer.message(5, () => {}));
    if (random(9) > 0) {
      writer.message(5, (any) => {
        if (random(9) === 0) any.bigIntField(3, 5n);
        else any.stringField(1, random(3) === 0 ? 'body '.repeat(random(5000)) : `line ${random(300)}`);
      });
    }
    attributes(writer, 6, random);
    sometimes(random, 9, () => writer.varintField(7, random(3)));
    sometimes(random, 3, () => writer.raw(Buffer.from([0x45, random(3), 0, 0, 0])));
    sometimes(random, 2, () => writer.bytesField(9, Buffer.alloc(16, random(100))));
    sometimes(random, 2, () => writer.bytesField(10, Buffer.alloc(8, random(100))));
    sometimes(random, 9, () => writer.stringField(12, 'event'));
  },
  metrics(writer, random) {
    writer.stringField(1, `metric ${random(20)}`);
    const kind = [5, 7, 7, 9][random(4)] ?? 5;
    writer.message(kind, (data) => {
      for (let i = random(12); i > 0; i--) {
        data.message(1, (point) => {
          sometimes(random, 2, () => point.fixed64Field(2, BigInt(random(3))));
          if (random(20) > 0) point.fixed64Field(3, BigInt(random(1e9)));
          if (random(2) === 0) point.raw(Buffer.from([0x21, ...(DOUBLES[random(DOUBLES.length)] ?? [])]));
          else if (kind !== 9) point.fixed64Field(6, BigInt(random(1e9)));
          attributes(point, kind === 9 ? 9 : 7, random);
          sometimes(random, 9, () => point.varintField(kind === 9 ? 10 : 8, random(2)));
        });
      }
      if (kind !== 5) data.varintField(2, 2);
    });
  },
};
