import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { WireWriter } from '@otelier/otlp';
import type { ByteEntries, BytesColumn, PlainColumn } from '../parquet/column.ts';
import { parseAttributeColumn } from '../schema.ts';
import { attributeColumns } from './attribute-columns.ts';
import { AttributesBuilder } from './attributes.ts';
import { createRandom } from './blast.testing.ts';

/** An attribute as it is sent, with its key, type, and the value that a plain decoder returns. */
interface Sent {
  readonly bytes: Uint8Array;
  readonly key: string;
  readonly type: string;
  readonly value: string;
}

const PREFIX = Buffer.from('0123456789abcdef0123456789abcdef');

/** Bytes that differ in one place, with NaN, zeros of both signs, and bytes that are not UTF-8. */
function hostileBytes(random: () => number): Buffer {
  const length = random() % 4 === 0 ? random() % 140 : random() % 34;
  const bytes = Buffer.alloc(length, PREFIX);
  const kind = random() % 6;
  if (length > 0 && kind === 0) bytes[random() % length] = random() % 128;
  if (length > 0 && kind === 1) bytes[length - 1] = random() % 4;
  if (length >= 8 && kind === 2) bytes.writeDoubleLE(random() % 2 === 0 ? 0 : -0, random() % (length - 7));
  if (length >= 8 && kind === 3) bytes.fill(0x7f, 0, 8).fill(random() % 2, 0, 2);
  if (length >= 2 && kind === 4) bytes.write(random() % 2 === 0 ? 'é' : 'ü', length - 2);
  if (length > 0 && kind === 5 && random() % 8 === 0) bytes[random() % length] = 0xff;
  return bytes;
}

function hostileAttribute(random: () => number): Sent {
  const name =
    random() % 3 === 0
      ? 'k'.repeat(1 + (random() % 6))
      : `a.longer.key.${random() % 5}${'x'.repeat((random() % 2) * 120)}`;
  const pair = new WireWriter().stringField(1, name);
  let [type, value] = ['w', ''];
  pair.message(2, (any) => {
    const kind = random() % 10;
    if (kind < 5) {
      const bytes = hostileBytes(random);
      any.bytesField(1, bytes);
      if (isUtf8(bytes)) [type, value] = ['s', bytes.toString()];
    } else if (kind < 7) {
      const integer = BigInt.asIntN(64, BigInt(random() % 3) - 1n) * 2n ** BigInt(random() % 64);
      any.bigIntField(3, BigInt.asIntN(64, integer));
      [type, value] = ['i', String(BigInt.asIntN(64, integer))];
    } else if (kind === 7) {
      const double = [0, -0, 0, -0, 1.5, Number.NaN][random() % 6] ?? 0;
      any.doubleField(4, double);
      [type, value] = ['d', Object.is(double, -0) ? '-0' : String(double)];
    } else if (kind === 8) {
      const flag = random() % 2;
      any.varintField(2, flag);
      [type, value] = ['b', String(flag === 1)];
    } else {
      any.bytesField(7, hostileBytes(random));
    }
  });
  return { bytes: pair.finish(), key: name, type, value };
}

/** Attributes that differ only in the sign of zero. */
function zeros(random: () => number): Sent[] {
  const key = 'z'.repeat(1 + (random() % 8));
  return [0, -0].map((value) => {
    const pair = new WireWriter().stringField(1, key).message(2, (any) => any.doubleField(4, value));
    return { bytes: pair.finish(), key, type: 'd', value: Object.is(value, -0) ? '-0' : '0' };
  });
}

test('attributes that repeat, alternate and change are decoded like each by itself', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = createRandom(seed);
    const pool = Array.from({ length: 3 + (random() % 40) }, () => hostileAttribute(random));
    if (seed % 2 === 0) pool.splice(0, 2, ...zeros(random));
    const any = () => pool[random() % pool.length] as Sent;
    const builder = new AttributesBuilder();
    const expected: Sent[][] = [];
    let usual = Array.from({ length: random() % 8 }, any);
    for (let request = 0; request < 6; request++) {
      const rows: Sent[][] = [];
      for (let row = 0; row < 40; row++) {
        if (random() % 10 === 0) usual = Array.from({ length: random() % 8 }, any);
        rows.push(usual.map((attribute) => (random() % 6 === 0 ? any() : attribute)));
      }
      const bytes = Buffer.concat(rows.flat().map((attribute) => attribute.bytes));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      builder.beginRequest();
      let at = 0;
      for (const attributes of rows) {
        const row = expected.length;
        builder.begin();
        const keys = new Set<string>();
        expected.push(
          attributes.map((attribute) => {
            const type = keys.has(attribute.key) ? 'w' : attribute.type;
            keys.add(attribute.key);
            const end = at + attribute.bytes.length;
            assert.equal(builder.add(row, bytes, view, at, end), type !== 'w', `seed ${seed}, row ${row}`);
            at = end;
            return { ...attribute, type };
          }),
        );
        builder.end(row);
      }
    }
    assertStored(builder, expected, `seed ${seed}`);
    builder.free();
  }
});

function assertStored(builder: AttributesBuilder, expected: readonly (readonly Sent[])[], message: string): void {
  const { promoted, map, keys } = attributeColumns(builder, 0, expected.length);
  const texts = keys.slice(0, expected.length);
  const names = expected.map((_, row) => textAt(texts, row));
  assert.deepEqual(
    names,
    expected.map((row) => (row.length === 0 ? null : JSON.stringify(row.map(({ key, type }) => `${key}#${type}`)))),
    message,
  );
  for (const column of promoted) {
    const { key, type } = parseAttributeColumn(column.name) ?? { key: '', type: '' };
    const plain = (column.kind === 'deferred' ? column.slice(0, expected.length) : column) as PlainColumn;
    expected.forEach((row, index) => {
      const sent = row.find((attribute) => attribute.key === key && attribute.type === type);
      assert.equal(valueAt(plain, index), sent?.value ?? null, `${message}, row ${index}, ${column.name}`);
    });
  }
  const columns = new Set(promoted.map(({ name }) => name));
  const { starts } = map.slice(0, expected.length);
  expected.forEach((row, index) => {
    const pairs = new Set(row.filter((sent) => !columns.has(`a.${sent.key}#${sent.type}`)).map(({ key }) => key));
    for (const { key, type } of row) if (columns.has(`a.${key}#${type}`)) pairs.delete(key);
    assert.equal((starts[index + 1] ?? 0) - (starts[index] ?? 0), pairs.size, `${message}, row ${index}, map`);
  });
}

function textAt({ refs, entries }: BytesColumn, row: number): string | null {
  const ref = refs[row] ?? 0;
  return ref === 0 ? null : entryText(entries, ref);
}

function entryText({ bytes, starts }: ByteEntries, entry: number): string {
  return Buffer.from(bytes.subarray((starts[entry - 1] ?? 0) + 4, starts[entry])).toString();
}

function valueAt(column: PlainColumn, row: number): string | null {
  if (column.kind === 'bytes') return textAt(column, row);
  if (column.kind === 'bool') return [null, 'false', 'true'][column.values[row] ?? 0] ?? null;
  if (column.kind !== 'words64' || column.present?.[row] !== 1) return null;
  const word = Buffer.from(new Uint32Array(column.words.slice(row * 2, row * 2 + 2)).buffer);
  if (column.type === 'int64') return String(word.readBigInt64LE(0));
  const double = word.readDoubleLE(0);
  return Object.is(double, -0) ? '-0' : String(double);
}
